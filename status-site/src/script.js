// Marks the page as stale by the server's clock, shows local times, and takes over each newer page
// in place: a node that is on both pages stays the same node, so focus, selection and open details
// are kept. `script.rs` shortens the names that begin with a dollar sign.
{
  let d = document, $html = d.documentElement, $page, $skew = 0, $last, $ids = {},
    $all = (q, e = d) => [...e.querySelectorAll(q)],
    // In the order of the page.
    [$icon, $main, $h1] = $all('[rel=icon],main,h1'), $facts = $main.dataset,
    // Undefined for an element that is not shown.
    $top = e => e.getClientRects()[0]?.top,
    // The answer; of a stale page without its age, which increases.
    $answer = () => $main.className || d.title,
    $said = $answer(),
    // Remembers the details elements that the server opened, and puts local times before those in UTC,
    // where they differ.
    $show = e => {
      $all('details', e).map(e => e.was = e.open);
      $all('time[datetime*=T]', e).map((e, t) => (t = new Date(e.dateTime)).getTimezoneOffset() && e.prepend(t.toLocaleString($html.lang, {dateStyle:'medium', timeStyle:'short'}) + ' · '))
    },
    // Formats a length in its largest unit, rounded down, such as "40 seconds".
    $long = (n, i = 0, u = [60, 60, 24, 1e9][i]) => n < u
      ? (n | 0).toLocaleString($html.lang, {style:'unit', unit:['second', 'minute', 'hour', 'day'][i], unitDisplay:'long'})
      : $long(n / u, i + 1),
    // Above its age limit, the page withdraws its statements about the present, also in the tab; the
    // style sheet hides those of the services. A change of the answer is announced. At the age of a
    // start or end of maintenance, the page that was made ahead for that time is requested, once.
    $age = () => {
      // A page on which nothing was measured has no age.
      if (self.ago) {
        let a = Date.now() + $skew - $facts.checked, t = $long(a / 1e3);
        a > $facts.next && delete $facts.next && $tick('next.html');
        ago.innerText = $facts.ago.replace('#', t);
        if (a > $facts.stale) {
          d.title = ($h1.lastChild.innerText = $facts.old.replace('#', t)) + $facts.name;
          $main.className = 'stale';
          $icon.href = 'data:,';
          $all('h1 use')[0].href.baseVal = '#nodata'
        }
      }
      if ($said != ($said = $answer())) live.innerText = $h1.innerText
    },
    // Removes a node and returns the one after it.
    $drop = (e, t = e.nextSibling) => (e.remove(), t),
    // Makes the element `o` like `n`. Details that the reader closed stay closed until the server
    // opens them.
    $morph = (o, n, c = o.firstChild, m) => {
      n.open = o.open || n.was > o.was;
      o.was = n.was;
      for (let {name:k} of [...o.attributes, ...n.attributes]) {
        m = n.getAttribute(k);
        m == null ? o.removeAttribute(k) : o.getAttribute(k) == m || o.setAttribute(k, m)
      }
      for (let x of [...n.childNodes]) {
        m = $ids[x.id];
        // An element without an id matches the next one of its kind; a text matches only at its own
        // position.
        if (!x.id) for (m = c; m && (m.id || m.nodeName != x.nodeName);) m = !x.data && m.nextSibling;
        // Removes the nodes before it that are no longer on the page.
        for (; m != c && m?.parentNode == o && !$page.getElementById(c.id);) c = $drop(c);
        m && m == c ? c = c.nextSibling : o.insertBefore(m || x, c);
        // A text is replaced so that a selection of the whole text selects the new one.
        m && (x.data ? m.data == x.data || (m.insertData(0, x.data), m.deleteData(x.length, 1e9)) : $morph(m, x))
      }
      for (; c;) c = $drop(c)
    },
    $tick = (u = '', c) => fetch(u, {cache:c}).then(async r => {
      let t = await r.text(), h = r.headers, f = d.activeElement, g = f.closest('li')?.closest('details')?.firstChild,
      e = $all('p,summary').find(e => $top(e) > 0), y = e && $top(e);
      $page = new DOMParser().parseFromString(t, 'text/html');
      // A response that is not this page has no `main`, fails here and changes nothing.
      if (t != $last && $all('main', $page)[0].dataset.at >= $facts.at) {
        $last = t;
        // Elements that move to another section stay the same nodes.
        $all('[id]').map(e => $ids[e.id] = e);
        $show($page);
        $morph($html, $page.documentElement);
        // If the focused element is gone, the details around it get the focus.
        (f.isConnected ? f : g)?.focus({preventScroll:1});
        // Keeps the element at the top of the window in its place.
        e && scrollBy(0, $top(e) - y)
      }
      $skew = Date.parse(h.get('date')) + h.get('age') * 1e3 - Date.now() || 0
    }).then($age, $age);
  $show();
  $tick();
  setInterval($tick, 6e4, '', 'no-cache');
  setInterval($age, 1e3)
}
