// Runs before the first paint, so that a dark screen does not flash white and the language of the page is announced at once.
(function () {
  var root = document.documentElement;
  try {
    var language = localStorage.getItem('danggol.language');
    if (language) root.lang = language;
    var scheme = localStorage.getItem('danggol.scheme') || 'system';
    var dark = scheme === 'dark' || (scheme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
    root.dataset.scheme = dark ? 'dark' : 'light';
  } catch {
    root.dataset.scheme = 'light';
  }
})();
