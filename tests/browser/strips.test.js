// The strips of days: the date, the state and the duration of a day by mouse, keyboard and touch.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch } from './lib/browser.js'
import { Site } from './lib/site.js'

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

async function open(t, options = {}) {
  const site = await Site.start(t, 'one-outage')
  const context = await browser.newContext({ viewport: { width: 800, height: 900 }, timezoneId: 'UTC', ...options })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.clock.setFixedTime(site.now)
  await page.goto(site.url)
  return page
}

/** Returns the texts of periods that are visible in the strip of a service. */
async function shown(page, service) {
  const texts = page.locator(`#service-${service} .bars text`)
  return texts.evaluateAll(all => all.filter(one => getComputedStyle(one).visibility == 'visible').map(one => one.textContent))
}

/** Returns the place of the bar of a day in the window. */
async function daysAgo(page, service, n) {
  const strip = page.locator(`#service-${service} .bars > svg`)
  await strip.scrollIntoViewIfNeeded()
  const { x, y, width } = await strip.boundingBox()
  return [x + (width * (89.5 - n)) / 90, y + 19]
}

test('a pointer on a bar shows the date, the state and the duration', async t => {
  const page = await open(t, { javaScriptEnabled: false })
  assert.deepEqual(await shown(page, 'checkout'), [])
  for (const [n, text] of [
    [0, /^10 Mar: outage since 11:18 UTC$/],
    [1, /^\d+ Feb to 9 Mar: operational$/],
    [26, /^12 Feb: outage, 22 min$/],
  ]) {
    await page.mouse.move(...await daysAgo(page, 'checkout', n))
    const [only, ...others] = await shown(page, 'checkout')
    assert.match(only, text)
    assert.deepEqual(others, [])
  }
})

test('a strip with the focus shows its newest problem and opens the list of days', async t => {
  const page = await open(t, { javaScriptEnabled: false })
  await page.locator('#service-checkout .bars').focus()
  assert.deepEqual(await shown(page, 'checkout'), ['10 Mar: outage since 11:18 UTC'])
  assert.equal(await page.locator('#days-checkout li').first().isVisible(), false)
  // The text stands on the line below the strip.
  const below = page.locator('#days-checkout')
  assert.equal(await below.evaluate(line => getComputedStyle(line).opacity), '0')
  await page.locator('#service-checkout .bars').blur()
  assert.equal(await below.evaluate(line => getComputedStyle(line).opacity), '1')
  await page.locator('#service-checkout .bars').focus()
  await page.keyboard.press('Enter')
  await page.locator('#days-checkout li').first().waitFor({ state: 'visible' })
  assert.match(await page.textContent('#days-checkout li'), /^10 March: outage, .* uptime · Checkout fails/)
})

test('a tap on a strip opens the list of days', async t => {
  const page = await open(t, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 800 } })
  await page.touchscreen.tap(...await daysAgo(page, 'checkout', 26))
  await page.locator('#days-checkout li').first().waitFor({ state: 'visible' })
})

test('one tab stop leads past a strip, and none where all days were good', async t => {
  const page = await open(t)
  const counts = await page.locator('.services > li').evaluateAll(all =>
    all.map(row => [row.querySelectorAll('.bars a, a.bars').length, row.querySelectorAll('details').length]))
  assert.ok(counts.length > 5)
  for (const [links, lists] of counts) assert.equal(links, lists)
})
