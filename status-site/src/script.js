// Grows stale by the reader's clock, shows local times, and takes over a newer page.
{
let d = document, m, s,
one = (q, e = d) => e.querySelector(q),
all = (q, f) => m.querySelectorAll(q).forEach(f),
get = p => fetch(p, {cache:'no-cache'}).then(r => r.text()),
// Past its age limit, the page takes back what it says about the present, in the
// tab too.
age = () => {
let a = new Date - s.checked, n = a / 6e4 | 0;
if (a > s.stale) {
m.className = 'stale';
d.title = one('h1 span').textContent = `Status unknown: the data is ${n} minute${n - 1 ? 's' : ''} old`;
one('link').href = 'data:,';
all('use', e => e.href.baseVal = '#nodata');
all('.state', e => e.lastChild.data = 'No data')
}
},
show = e => {
m = e;
s = e.dataset;
// "Tue Mar 10 2026 13:05:00 GMT+0100" is shown as "Tue 13:05"; where UTC is
// the local time, the offset is 0000.
all('time[datetime*=T]', e => {
let t = '' + new Date(e.dateTime);
t.match('0000') || e.append(` (${t.slice(0, 3) + t.slice(15, 21)} your time)`)
})
};
show(one('main'));
age();
setInterval(() => get('status.txt').then(t => t.includes(s.generated) || get('').then(t => {
let n = new DOMParser().parseFromString(t, 'text/html'), f = one('main', n), a = d.activeElement.parentNode.id;
// An answer that is not this page has no `main`, fails here and changes nothing.
f.id;
all('details[open]', e => (n.getElementById(e.id) || e).open = true);
d.title = n.title;
one('link').href = one('link', n).href;
m.replaceWith(f);
show(f);
one('summary', self[a]).focus()
})).then(age, age), 6e4)
}
