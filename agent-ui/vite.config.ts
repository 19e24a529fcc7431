import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where the dev server finds a running Dozvon: `DOZVON_URL=https://localhost:8443 npx vite agent-ui`. */
const server = process.env.DOZVON_URL ?? 'https://localhost:8443';
const toServer = { target: server, secure: false, changeOrigin: false };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 1500 },
  server: { proxy: { '/api': toServer, '/live': { ...toServer, ws: true } } },
});
