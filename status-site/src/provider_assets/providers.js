// Withdraws the states of the providers when the data is too old, by the server's clock.
{
  let $main = document.querySelector('main'), $set = $main.dataset, $facts, $skew = 0,
    $age = () => {
      let $n = Math.floor((Date.now() + $skew - Date.parse($facts.last_checked_at)) / 6e4);
      if ($n * 60 > $facts.stale_after_seconds) {
        $main.className = 'stale';
        old.innerText = $set.old.replace('#', $n.toLocaleString(document.documentElement.lang, {style:'unit', unit:'minute', unitDisplay:'long'}))
      }
    },
    $load = async () => {
      try {
        let r = await fetch($set.facts, {cache:'no-cache'});
        if (r.ok) {
          $facts = await r.json();
          $skew = Date.parse(r.headers.get('date')) - Date.now() || 0
        }
      } catch {}
      $facts && $age()
    };
  setInterval($load, 6e4);
  $load()
}
