import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PARTS =
  /[\\/](?:@tabler|@tanstack|web[\\/]src[\\/](?:lib|components[\\/](?:ui|form[\\/](?!leave)|data-table|confirm[\\/]confirm\.ts|job-progress|shell[\\/](?:page|tabs)\.|layers[\\/]lazy|audit-log[\\/](?!audit-drawer))))[\\/.]?/;
const COMPRESSIBLE = /\.(js|css|svg|json)$/;

/** Writes `.gz` and `.br` beside every text asset, so that the API compresses nothing per request. index.html is left out: it gets a nonce per answer. */
function precompress(): Plugin {
  return {
    name: 'tenantry-precompress',
    apply: 'build',
    writeBundle({ dir }) {
      const assets = join(dir ?? '', 'assets');
      for (const name of readdirSync(assets)) {
        if (!COMPRESSIBLE.test(name)) continue;
        const file = join(assets, name);
        const bytes = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), precompress()],
  html: { cspNonce: '__CSP_NONCE__' },
  resolve: {
    alias: [
      { find: /^#contracts\/(.+)\.js$/, replacement: `${root}libs/contracts/$1.ts` },
      { find: /^#client\/(.+)\.js$/, replacement: `${root}libs/client/$1.ts` },
      { find: /^#webhook-verify\/(.+)\.js$/, replacement: `${root}libs/webhook-verify/$1.ts` },
    ],
  },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page needs: libraries apart from ours, so that a deploy of ours leaves them in the browser's cache.
            { name: 'vendor', tags: ['$initial'], test: /[\\/]node_modules[\\/]/, priority: 30 },
            { name: 'base', tags: ['$initial'], priority: 20 },
            // Small parts of many screens in one file: a request each would cost more than the bytes. Layers stay apart, they come on intent.
            { name: 'parts', test: PARTS, priority: 10 },
          ],
        },
      },
    },
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': { target: 'http://localhost:3000', changeOrigin: false } } },
});
