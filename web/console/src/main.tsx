import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import './style.css';

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

void start();
