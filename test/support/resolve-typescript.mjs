// Imported by jest.config.js. Jest applies neither moduleNameMapper nor the `.js` → `.ts` rule to globalSetup and globalTeardown: it loads
// them with Node's own require(). This teaches that require() both, for requests that come from our TypeScript files only.
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';

const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, parent, ...rest) {
  const from = parent?.filename ?? '';
  return resolveFilename.call(this, from.endsWith('.ts') ? sourceOf(request, path.dirname(from)) : request, parent, ...rest);
};

function sourceOf(request, folder) {
  const alias = /^#(platform|contracts)\/(.*)$/.exec(request);
  const target = alias ? path.resolve('libs', alias[1], alias[2]) : request.startsWith('.') ? path.resolve(folder, request) : null;
  const source = target?.replace(/\.js$/, '.ts');
  return source !== undefined && fs.existsSync(source) ? source : request;
}
