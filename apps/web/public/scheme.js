// Sets the colour scheme before the first paint. The key is the one of src/lib/storage.ts.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('tenantry.scheme');
  } catch (e) {
    chosen = null; // storage is blocked: follow the system
  }
  if (chosen !== 'light' && chosen !== 'dark') chosen = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', chosen);
})();
