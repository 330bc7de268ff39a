// Before anything else is loaded: takes the token out of the address, so that neither the bar, the history nor a page that is
// gone to next has it. session.js fetches it from here.
{
  const found = /^#([A-Za-z0-9_-]{43})$/.exec(location.hash);
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);
  if (found) window.zwmToken = found[1];
}
