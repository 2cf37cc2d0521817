// Shows the filters of the catalog, and hides the rows that they exclude. It requests nothing.
{
  let d = document, $all = q => [...d.querySelectorAll(q)], $rows = $all('tr[data-find]'), [$box] = $all('.filters'),
    $value = $id => d.getElementById($id).value.trim().toLowerCase(),
    $filter = () => {
      let $words = $value('find').split(/\s+/), $can = $value('capability'), $by = $value('provider'),
        $most = $value('price'), $least = +$value('context'), $n = 0;
      for (let $row of $rows) {
        let o = $row.dataset, $fits = $words.every(w => o.find.includes(w))
          && (!$can || o.can.split(' ').includes($can))
          && (!$by || $row.parentNode.dataset.provider == $by)
          && (!$most || o.price <= +$most && o.price != '')
          && o.context >= $least;
        $row.hidden = !$fits;
        $n += $fits
      }
      for (let b of $all('tbody')) b.hidden = !b.querySelector('[data-find]:not([hidden])');
      count.innerText = count.dataset.words.replace('#', $n).replace('%', $rows.length)
    };
  $box.hidden = false;
  $box.oninput = $filter;
  $filter()
}
