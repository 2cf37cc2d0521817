// The images of links to the page: the icon and the word of a state in the colors of the page.

import { files } from './scenarios.js'

/** The states by their class names, each with a scenario whose answer it is. */
export const STATES = {
  ok: 'all-ok',
  degraded: 'one-degraded',
  outage: 'one-outage',
  maintenance: 'maintenance',
  nodata: 'stale',
}

const WIDTH = 1200
const HEIGHT = 630

/** Draws the image of a state as a PNG. */
export async function draw(browser, state) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: 'light' })
  const html = files(STATES[state]).get('index.html').toString()
  // Its script would withdraw the state of a page that is too old.
  await page.setContent(html.replace(/<script>.*?<\/script>/s, ''))
  await page.evaluate(state => {
    const symbol = document.getElementById(state)
    const { color: ink, backgroundColor: tint } = getComputedStyle(document.querySelector('.answer'))
    const words = { ok: 'Operational', degraded: 'Degraded', outage: 'Outage', maintenance: 'Maintenance', nodata: 'Status unknown' }
    const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    icon.setAttribute('viewBox', symbol.getAttribute('viewBox'))
    icon.innerHTML = symbol.innerHTML
    const [body, mark] = icon.children
    body.setAttribute('fill', ink)
    for (const [name, value] of [['fill', 'none'], ['stroke', tint], ['stroke-width', '1.8']]) mark?.setAttribute(name, value)
    Object.assign(icon.style, { position: 'fixed', left: '110px', top: '195px', width: '240px', height: '240px' })
    const text = document.createElement('div')
    text.innerText = words[state]
    Object.assign(text.style, {
      position: 'fixed', left: '400px', top: '0', height: '630px', font: '600 96px/630px system-ui, sans-serif', color: ink,
    })
    document.head.innerHTML = ''
    document.body.replaceChildren(icon, text)
    document.body.style.background = tint
  }, state)
  const image = await page.screenshot()
  await page.close()
  return image
}

/**
 * Compares an image with another one. Returns its size, the color of its background, the share of the pixels left of
 * the text that differ, and the share of the pixels in the place of the text that have the color of the background.
 */
export async function compare(browser, image, other) {
  const page = await browser.newPage()
  const result = await page.evaluate(async urls => {
    const [image, other] = await Promise.all(urls.map(async url => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob())
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
      const context = canvas.getContext('2d')
      context.drawImage(bitmap, 0, 0)
      return context.getImageData(0, 0, bitmap.width, bitmap.height)
    }))
    const differs = (a, b, at, from) => [0, 1, 2].some(n => Math.abs(a.data[at + n] - b.data[from + n]) > 24)
    let n_different = 0, n_background = 0, n_icon = 0, n_text = 0
    for (let at = 0; at < image.data.length; at += 4) {
      if ((at / 4) % image.width < 380) {
        n_icon += 1
        n_different += differs(image, other, at, at)
      } else {
        n_text += 1
        n_background += !differs(image, image, at, 0)
      }
    }
    return {
      size: [image.width, image.height],
      different: n_different / n_icon,
      background: n_background / n_text,
      color: [...image.data.slice(0, 3)].join(','),
    }
  }, [image, other].map(bytes => `data:image/png;base64,${bytes.toString('base64')}`))
  await page.close()
  return result
}
