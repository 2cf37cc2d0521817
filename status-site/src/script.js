// Marks the page as stale by the server's clock, shows local times, and takes over each newer page
// in place: a node that is on both pages stays the same node, so focus, selection and open details
// are kept. `script.rs` shortens the names that begin with a dollar sign.
{
  let d = document, $page, $skew = 0, $last, $ids = {},
    $all = (q, e = d) => [...e.querySelectorAll(q)],
    [$main] = $all('main'), $facts = $main.dataset, [$icon] = $all('link'), [$h1] = $all('h1'),
    // Undefined for an element that is not shown.
    $top = e => e.getClientRects()[0]?.top,
    // The answer; of a stale page without its age, which increases.
    $answer = () => $main.className || d.title,
    $said = $answer(),
    // Remembers the details elements that the server opened, and adds local times. "Tue Mar 10 2026
    // 13:05:00 GMT+0100" is shown as "Tue 13:05". If local time is UTC, the offset is 0000.
    $show = e => {
      $all('details', e).map(e => e.was = e.open);
      $all('time[datetime*=T]', e).map((e, t) => (t = '' + new Date(e.dateTime)).match('0000') || e.append(` (${t.slice(0, 3) + t.slice(15, 21)} your time)`))
    },
    // Above its age limit, the page withdraws its statements about the present, also in the tab. A
    // change of the answer is announced. At the age of a start or end of maintenance, the page that was made
    // ahead for that time is taken over.
    $age = () => {
      let a = Date.now() + $skew - $facts.checked, b = $facts.next - a, n = a / 6e4, u = ' minute';
      b > 0 && b < 6e4 && setTimeout($tick, b, 'next.html');
      if (a > $facts.stale) {
        n < 60 || (u = ' hour', n /= 60) < 24 || (u = ' day', n /= 24);
        n |= 0;
        d.title = ($h1.lastChild.innerText = $facts.old.replace('#', n + u + (n - 1 ? 's' : ''))) + $facts.name;
        $main.className = 'stale';
        $icon.href = 'data:,';
        $all('use').map(e => e.href.baseVal = '#nodata');
        $all('.state').map(e => $edit(e.lastChild, 'No data'))
      }
      if ($said != ($said = $answer())) live.innerText = $h1.innerText
    },
    // Replaces only the part of a text that differs, so that a selection around it is kept.
    $edit = (o, s, t = o.data, i = 0, j = t.length, k = s.length) => {
      for (; i < j && t[i] == s[i]; i++);
      for (; j > i && k > i && t[j - 1] == s[k - 1]; k--) j--;
      t == s || o.replaceData(i, j - i, s.slice(i, k))
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
        m && (x.data ? $edit(m, x.data) : $morph(m, x))
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
        $all('[id]').map(e => $ids[e.id] = e);
        $show($page);
        $morph(d.body, $page.body);
        d.title = $page.title;
        $morph($icon, $all('link', $page)[0]);
        // If the focused element is gone, the details around it get the focus.
        (f.isConnected ? f : g)?.focus({preventScroll:1});
        // Keeps the element at the top of the window in its place.
        e && scrollBy(0, $top(e) - y)
      }
      $skew = Date.parse(h.get('date')) + h.get('age') * 1e3 - Date.now() || 0
    }).then($age, $age);
  $show();
  $tick();
  setInterval($tick, 6e4, '', 'no-cache')
}
