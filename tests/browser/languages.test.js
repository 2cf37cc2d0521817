// The page in its languages.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch, unfold } from './lib/browser.js'
import { overflow, TEXT_SPACING } from './lib/overflow.js'
import { files, firstPages } from './lib/scenarios.js'
import { Site } from './lib/site.js'

const SCENARIO = 'languages'
const MINUTE = 60_000

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

async function open(t, path, options = {}) {
  const site = await Site.start(t, SCENARIO)
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, timezoneId: 'UTC', bypassCSP: true, ...options })
  t.after(() => context.close())
  const page = await context.newPage()
  page.requested = []
  page.on('request', request => page.requested.push(new URL(request.url()).origin))
  await page.clock.install({ time: site.now })
  await page.goto(`${site.url}/${path}`)
  return { page, site }
}

test('the page of each language fits a narrow window with more text spacing', async t => {
  for (const path of firstPages(SCENARIO)) {
    for (const width of [320, 1280]) {
      const { page } = await open(t, path, { viewport: { width, height: 800 }, timezoneId: 'Asia/Kathmandu' })
      await unfold(page)
      assert.deepEqual(await page.evaluate(overflow), [], `${path}, ${width} px`)
      await page.addStyleTag({ content: TEXT_SPACING })
      const wide = await page.evaluate(overflow)
      // The text of a period repeats what the list below the strip says, and may be longer than the strip.
      assert.deepEqual(wide.filter(name => !name.startsWith('text.')), [], `${path}, ${width} px with text spacing`)
    }
  }
})

test('a page in another language becomes stale in its words, and requests only its own site', async t => {
  for (const [tag, fresh, stale] of [
    ['de', '2 von 9 Diensten haben Probleme', 'Status unbekannt: die Daten sind 20 Minuten alt'],
    ['fr', '2 services sur 9 rencontrent des problèmes', 'État inconnu\u00a0: les données datent d’il y a 20 minutes'],
    ['ja', '9件中2件のサービスに問題があります', '状態不明：データは20 分前のものです'],
  ]) {
    const { page, site } = await open(t, `${tag}/index.html`)
    assert.match(await page.textContent('h1'), new RegExp(fresh))
    site.now = new Date(site.now.getTime() + 20 * MINUTE)
    await page.clock.runFor(20 * MINUTE)
    await page.waitForFunction(stale => document.querySelector('h1').innerText.trim() == stale, stale)
    assert.deepEqual(new Set(page.requested), new Set([new URL(site.url).origin]))
  }
})

test('a reader changes the language by a link and comes to the same page', async t => {
  const { page, site } = await open(t, 'service/checkout.html')
  await page.click('nav a[hreflang=ar]')
  assert.equal(page.url(), `${site.url}/ar/service/checkout.html`)
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).direction), 'rtl')
  await page.click('nav a[hreflang=en]')
  assert.equal(page.url(), `${site.url}/service/checkout.html`)
})

test('the texts of a strip stay within it where the page is written from the right to the left', async t => {
  const { page } = await open(t, 'ar/index.html')
  const outside = await page.evaluate(() => [...document.querySelectorAll('.axis text,.bars g text')].filter(text => {
    const [place, box] = [text.closest('svg.axis,.bars').getBoundingClientRect(), text.getBoundingClientRect()]
    return box.left < place.left - 1 || box.right > place.right + 1
  }).map(text => text.textContent))
  assert.deepEqual(outside, [])
  assert.ok(files(SCENARIO).get('ar/index.html').includes('dir="rtl"'))
})
