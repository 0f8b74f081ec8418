import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';

const server = process.env.DANGGOL_URL ?? 'http://127.0.0.1:7300';

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 7310,
    proxy: (mode === 'mock' ? {} : { '/api': server, '/healthz': server }) as Record<string, string>,
  },
}));
