import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import './style.css';

/** After an upgrade the chunks of the old page are gone; reloading once brings the new ones. */
function reloadWhenStale(): void {
  const kept = 'danggol.reloaded';
  window.addEventListener('vite:preloadError', (event) => {
    if (sessionStorage.getItem(kept)) return;
    sessionStorage.setItem(kept, '1');
    event.preventDefault();
    location.reload();
  });
  window.addEventListener('load', () => setTimeout(() => sessionStorage.removeItem(kept), 10_000));
}

async function start(): Promise<void> {
  if (import.meta.env.MODE === 'mock') {
    const { serveMock } = await import('./mock/serve');
    serveMock();
  }
  const root = document.getElementById('root');
  if (!root) throw new Error('the page has no #root');
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

reloadWhenStale();
void start();
