// The page at small widths, at large zoom, with more text spacing and with a larger font.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch, unfold } from './lib/browser.js'
import { overflow, TEXT_SPACING } from './lib/overflow.js'
import { scenarios } from './lib/scenarios.js'
import { Site } from './lib/site.js'

/** The smallest width and height of a target, in CSS pixels. */
const TARGET = 24

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

async function open(site, viewport, options = {}) {
  const context = await browser.newContext({ viewport, bypassCSP: true, ...options })
  const page = await context.newPage()
  await page.clock.setFixedTime(site.now)
  await page.goto(site.url)
  await unfold(page)
  return page
}

for (const scenario of scenarios()) {
  test(`${scenario} fits a narrow window, 400 % zoom and more text spacing`, async t => {
    const site = await Site.start(t, scenario)
    // A window of 1280 by 1024 pixels at 400 % has 320 by 256 CSS pixels.
    for (const viewport of [{ width: 320, height: 800 }, { width: 320, height: 256 }, { width: 1280, height: 800 }]) {
      const page = await open(site, viewport, { timezoneId: 'Asia/Kathmandu' })
      assert.match(await page.textContent('footer'), /\d\s[AP]M · \d.* UTC/, 'with local times, which are longer')
      assert.deepEqual(await page.evaluate(overflow), [], JSON.stringify(viewport))
      await page.addStyleTag({ content: TEXT_SPACING })
      assert.deepEqual(await page.evaluate(overflow), [], `${JSON.stringify(viewport)} with text spacing`)
      await page.context().close()
    }
  })
}

test('the pages of services, of months and the calendar fit a narrow window and more text spacing', async t => {
  const pages = [
    ['one-outage', 'service/checkout.html'], ['history', 'history/index.html'], ['history', 'history/2026-01.html'],
    ['hostile-text', 'history/2026-03.html'],
  ]
  for (const [scenario, path] of pages) {
    const site = await Site.start(t, scenario)
    for (const viewport of [{ width: 320, height: 800 }, { width: 320, height: 256 }, { width: 1280, height: 800 }]) {
      const page = await open(site, viewport)
      await page.goto(`${site.url}/${path}`)
      await unfold(page)
      assert.deepEqual(await page.evaluate(overflow), [], `${path}, ${JSON.stringify(viewport)}`)
      await page.addStyleTag({ content: TEXT_SPACING })
      assert.deepEqual(await page.evaluate(overflow), [], `${path}, ${JSON.stringify(viewport)} with text spacing`)
      await page.context().close()
    }
  }
})

test('days of the calendar are targets of 24 pixels, and their marks stay where the reader forces colors', async t => {
  const site = await Site.start(t, 'history')
  for (const forcedColors of ['none', 'active']) {
    const page = await open(site, { width: 320, height: 800 }, { forcedColors })
    await page.goto(`${site.url}/history/index.html`)
    const boxes = await page.evaluate(() => [...document.querySelectorAll('.year td a, main nav a')].map(link => {
      const { width, height } = link.getBoundingClientRect()
      return { text: link.textContent, width, height }
    }))
    assert.ok(boxes.length > 10)
    for (const box of boxes) assert.ok(box.width >= TARGET && box.height >= TARGET, JSON.stringify(box))
    const marks = await page.evaluate(() => ['maintenance', 'ok', 'degraded', 'outage'].map(state => {
      const { borderBottomWidth, borderBottomColor } = getComputedStyle(document.querySelector(`.key.${state}`))
      return { height: parseFloat(borderBottomWidth), color: borderBottomColor }
    }))
    // The height carries the state, also without colors.
    const heights = marks.map(mark => mark.height)
    assert.deepEqual(heights, [...new Set(heights)].sort((a, b) => a - b))
    assert.equal(new Set(marks.map(mark => mark.color)).size, forcedColors == 'active' ? 1 : 4)
    await page.context().close()
  }
})

test('the pages about providers fit a narrow window and more text spacing', async t => {
  const site = await Site.start(t, 'providers')
  for (const path of ['providers.html', 'models.html', 'service/openai.html']) {
    for (const viewport of [{ width: 320, height: 800 }, { width: 1280, height: 800 }]) {
      const page = await open(site, viewport)
      await page.goto(`${site.url}/${path}`)
      await unfold(page)
      assert.deepEqual(await page.evaluate(overflow), [], `${path}, ${JSON.stringify(viewport)}`)
      await page.addStyleTag({ content: TEXT_SPACING })
      assert.deepEqual(await page.evaluate(overflow), [], `${path}, ${JSON.stringify(viewport)} with text spacing`)
      await page.context().close()
    }
  }
})

test('the test finds a line that is too long', async t => {
  const site = await Site.start(t, 'providers')
  const page = await open(site, { width: 320, height: 800 })
  await page.addStyleTag({ content: 'p { white-space: nowrap }' })
  assert.ok((await page.evaluate(overflow)).length > 1)
  await page.context().close()
})

test('links of the footer and summaries are targets of 24 pixels', async t => {
  const site = await Site.start(t, 'one-outage')
  for (const width of [320, 1280]) {
    const page = await open(site, { width, height: 800 })
    const boxes = await page.evaluate(() => [...document.querySelectorAll('footer a, summary')].map(element => {
      const { width, height } = element.getBoundingClientRect()
      return { text: element.textContent.trim(), width, height }
    }))
    assert.ok(boxes.length > 5)
    for (const box of boxes) {
      assert.ok(box.width >= TARGET && box.height >= TARGET, JSON.stringify(box))
    }
    await page.context().close()
  }
})

test('text grows with the font size that the reader chose in the browser', async t => {
  const site = await Site.start(t, 'one-outage')
  const sizes = async browser => {
    const page = await browser.newPage({ viewport: { width: 640, height: 800 } })
    await page.goto(site.url)
    await unfold(page)
    const all = await page.evaluate(() => [...document.querySelectorAll('h1, h2, h3, h4, p, li, summary, footer a')]
      .map(element => parseFloat(getComputedStyle(element).fontSize)))
    const outside = await page.evaluate(overflow)
    await page.close()
    return { all, outside }
  }
  const large = await launch('--blink-settings=defaultFontSize=32')
  const usual = await sizes(browser)
  const doubled = await sizes(large)
  await large.close()
  assert.ok(usual.all.length > 50 && Math.min(...usual.all) >= 14)
  assert.deepEqual(doubled.all, usual.all.map(size => 2 * size))
  assert.deepEqual(doubled.outside, [])
})
