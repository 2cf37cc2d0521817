// Shows the answer of the status page, and withdraws it when the data is too old or cannot be read any more.
{
  let d = document, $facts, $skew = 0,
    $link = d.querySelector('a'), $text = d.querySelector('bdi'), $use = d.querySelector('use'),
    $set = (state, text) => {
      $link.className = state;
      $use.href.baseVal = '#' + state;
      if ($text.innerText != text) $text.innerText = text
    },
    $show = () => {
      let age = Date.now() + $skew - Date.parse($facts && $facts.last_checked_at);
      if (age <= $facts?.stale_after_seconds * 1e3) $set({operational: 'ok', no_data: 'nodata'}[$facts.status.state] || $facts.status.state, $facts.status.headline);
      else $set('nodata', $link.dataset.unknown)
    },
    $load = async () => {
      try {
        let r = await fetch($link.dataset.facts, {cache: 'no-cache'});
        if (r.ok) {
          $facts = await r.json();
          $skew = Date.parse(r.headers.get('date')) - Date.now() || 0
        }
      } catch {}
      $show()
    };
  setInterval($load, 6e4);
  $load()
}
