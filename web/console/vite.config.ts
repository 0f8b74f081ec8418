import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import react from '@vitejs/plugin-react';

const server = process.env.DANGGOL_URL ?? 'http://127.0.0.1:7300';

const outDir = '../dist';

/** Leaves each file compressed, as the server keeps and sends it. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  closeBundle() {
    const root = join(import.meta.dirname, outDir);
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const file = join(root, name);
      if (statSync(file).isDirectory()) continue;
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
      rmSync(file);
    }
  },
};

export default defineConfig(({ mode }) => ({
  plugins: [react(), compressed],
  build: {
    outDir,
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
