// What does not fit the window.

// The values of WCAG 1.4.12.
export const TEXT_SPACING = `* {
  line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;
} p { margin-bottom: 2em !important; }`

/** Returns what sticks out of the window, or is cut off by an element around it. */
export function overflow() {
  // The invisible areas of a strip end where its drawing does.
  const hidden = '.live,.defs,rect,.bars g:has(rect)'
  const visible = [...document.querySelectorAll('body *')].filter(element => !element.matches(hidden) && !element.closest('.live'))
  const outside = visible.filter(element => {
    const box = element.getBoundingClientRect()
    return box.right > innerWidth + 0.5 || box.left < -0.5
  })
  const cut = visible.filter(element => {
    const clips = getComputedStyle(element).overflowX != 'visible'
    return clips && element.localName != 'svg' && element.scrollWidth > element.clientWidth
  })
  const name = element => `${element.localName}.${element.getAttribute('class')}: ${element.textContent.slice(0, 60)}`
  const page = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
  return [...page, ...[...outside, ...cut].map(name)].slice(0, 5)
}
