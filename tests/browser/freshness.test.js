// The age of the page: by the clock of the server, without JavaScript, and over several publications.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch } from './lib/browser.js'
import { files, madeAt, scenarios } from './lib/scenarios.js'
import { Site } from './lib/site.js'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

/** Opens the page with the clock of the visitor, and waits until its first request is answered. */
async function open(site, visitorsClock) {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, timezoneId: 'UTC' })
  const page = await context.newPage()
  await page.clock.install({ time: visitorsClock })
  await Promise.all([page.goto(site.url), answered(page)])
  await settle(page)
  return page
}

/** Waits for the answer to the request of the script. */
function answered(page) {
  return page.waitForResponse(response => response.request().resourceType() == 'fetch')
}

/** Waits until the script has worked on an answer. */
async function settle(page) {
  await page.evaluate(() => fetch('').then(response => response.text()).then(() => new Promise(done => {
    const channel = new MessageChannel()
    channel.port1.onmessage = done
    channel.port2.postMessage(0)
  })))
}

/** Lets a minute pass, and waits until the page has looked for a newer one. */
async function tick(page) {
  const answer = answered(page)
  await page.clock.runFor(MINUTE)
  await answer
  await settle(page)
}

const answer = page => page.textContent('h1')
const later = (time, by) => new Date(time.getTime() + by)

test('the clock of the visitor makes no page stale or fresh', async t => {
  for (const skew of [-3 * DAY, -20 * MINUTE, 0, 20 * MINUTE, 400 * DAY]) {
    const site = await Site.start(t, 'one-outage')
    const made = site.now
    site.now = later(made, 10 * MINUTE)
    const page = await open(site, later(site.now, skew))
    assert.equal(await answer(page), 'Checkout is down', `fresh, skew ${skew}`)
    for (const [age, words] of [[20, '20 minutes'], [61, '1 hour'], [1439, '23 hours'], [2881, '2 days']]) {
      site.now = later(made, age * MINUTE)
      await tick(page)
      const sentence = `Status unknown: the data is ${words} old`
      assert.equal(await answer(page), sentence, `skew ${skew}`)
      assert.equal(await page.title(), `${sentence} · Acme status`)
    }
    assert.equal(await page.locator('.state:visible, .since:visible').count(), 0, 'no statement about the present is left')
    await page.context().close()
  }
})

test('without a server the last known difference of the clocks counts', async t => {
  const site = await Site.start(t, 'one-outage')
  const page = await open(site, later(site.now, 3 * DAY))
  assert.equal(await answer(page), 'Checkout is down')
  await site.close()
  const failed = page.waitForEvent('requestfailed')
  await page.clock.runFor(16 * MINUTE)
  await failed
  await page.waitForFunction(() => document.querySelector('h1').textContent.startsWith('Status unknown'))
  assert.match(await answer(page), /^Status unknown: the data is 1[67] minutes old$/)
  await page.context().close()
})

test('the script and the server use the same words for an age', async t => {
  for (const [scenario, words] of [['stale', '42 minutes'], ['stale-for-days', '2 days']]) {
    const site = await Site.start(t, scenario)
    const context = await browser.newContext({ javaScriptEnabled: false })
    const before = await context.newPage()
    await before.goto(site.url)
    const written = [await answer(before), await before.title()]
    await context.close()
    assert.equal(written[0], `Status unknown: the data is ${words} old`)
    const page = await open(site, site.now)
    assert.deepEqual([await answer(page), await page.title()], written)
    await page.context().close()
  }
})

test('without JavaScript a page says when it was made and nothing about the time since', async t => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  for (const scenario of scenarios()) {
    const site = await Site.start(t, scenario)
    const page = await context.newPage()
    await page.goto(site.url)
    const made = await page.textContent('footer time')
    assert.equal(new Date(made).getTime(), Math.floor(madeAt(site.page) / MINUTE) * MINUTE, scenario)
    const text = await page.evaluate(() => document.querySelector('main').innerText)
    assert.doesNotMatch(text, /so far|just now|\b(seconds?|minutes?|min|hours?|h|s) ago/, scenario)
    for (const [, at] of text.matchAll(/as of (\d\d:\d\d UTC)/g)) {
      assert.ok(made.endsWith(at), `${scenario}: ${at}`)
    }
    const summary = page.locator('.services summary').first()
    if (await summary.count()) {
      await page.locator('.group:not([open]) > summary').evaluateAll(all => all.forEach(one => one.click()))
      await summary.click()
      assert.ok(await page.locator('.services details[open]').first().isVisible(), scenario)
    }
    await page.close()
  }
  await context.close()
})

test('maintenance starts on an open page at its time by the clock of the server', async t => {
  for (const skew of [-3 * DAY, 0, 20 * MINUTE]) {
    const site = await Site.start(t, 'maintenance-soon')
    const page = await open(site, later(site.now, skew))
    await page.evaluate(() => {
      document.querySelector('#days-api').open = true
      window.focused = document.querySelector('#days-website > summary')
      focused.focus({ preventScroll: true })
      scrollTo(0, 300)
      window.seen = document.querySelector('#service-webhooks .row')
    })
    const top = () => page.evaluate(() => Math.round(seen.getBoundingClientRect().top))
    const before = await top()
    await page.clock.runFor(25_000)
    await settle(page)
    assert.equal(await answer(page), 'All systems operational', `before, skew ${skew}`)
    assert.ok(!site.requests.includes('next.html'))
    const ahead = answered(page)
    await page.clock.runFor(6_000)
    await ahead
    await settle(page)
    assert.equal(await answer(page), 'Database is under maintenance', `skew ${skew}`)
    assert.equal(await page.textContent('#live'), 'Database is under maintenance')
    assert.ok(await page.evaluate(() => document.activeElement == focused))
    assert.ok(await page.evaluate(() => document.querySelector('#days-api').open))
    assert.ok(Math.abs(await top() - before) <= 1)

    // The file of the time before is still published, and does not take the maintenance back.
    site.now = later(site.now, MINUTE)
    await tick(page)
    assert.equal(await answer(page), 'Database is under maintenance')
    assert.equal(site.requests.filter(path => path == 'next.html').length, 1)
    await page.context().close()
  }
})

test('a missing page ahead is requested once and changes nothing', async t => {
  const site = await Site.start(t, 'maintenance-soon')
  site.files.delete('next.html')
  const page = await open(site, site.now)
  const missing = answered(page)
  await page.clock.runFor(31_000)
  await missing
  await settle(page)
  for (const minutes of [1, 2, 3]) {
    site.now = later(madeAt(site.page), minutes * MINUTE)
    await tick(page)
    assert.equal(await answer(page), 'All systems operational')
  }
  assert.equal(site.requests.filter(path => path == 'next.html').length, 1)
  await page.context().close()
})

test('three publications leave the reader in place, and only a new answer is announced', async t => {
  const site = await Site.start(t, 'one-outage')
  const page = await open(site, site.now)
  await page.evaluate(() => {
    document.querySelector('#days-api').open = true
    document.querySelector('#group-llm').open = false
    window.focused = document.querySelector('#days-website > summary')
    focused.focus({ preventScroll: true })
    scrollTo(0, 700)
    window.seen = document.querySelector('#service-webhooks .row')
    const text = query => document.querySelector(query).firstChild
    getSelection().setBaseAndExtent(text('#service-website .row bdi'), 1, text('#service-api .row bdi'), 2)
    window.announced = []
    new MutationObserver(() => announced.push(document.querySelector('#live').textContent))
      .observe(document.querySelector('#live'), { childList: true, characterData: true, subtree: true })
  })
  const notice = () => page.evaluate(() => ({
    top: Math.round(seen.getBoundingClientRect().top),
    focused: document.activeElement == focused,
    selected: getSelection().toString(),
    open: document.querySelector('#days-api').open,
    closed: !document.querySelector('#group-llm').open,
  }))
  const before = await notice()
  assert.ok(before.focused && before.open && before.closed && before.selected.length > 5)

  const times = new Map(files('one-outage'))
  times.set('index.html', site.page.replaceAll('12:00:00Z', '12:01:00Z').replaceAll('12:00 UTC', '12:01 UTC'))
  for (const [published, said] of [[times, []], [files('one-outage'), []], [files('all-ok'), ['All systems operational']]]) {
    const page_file = published.get('index.html').toString().replace(/data-at="[^"]+"/, 'data-at="2026-03-10T12:02:00Z"')
    site.publish(new Map(published).set('index.html', page_file))
    await page.evaluate(() => (announced.length = 0))
    await tick(page)
    assert.deepEqual(await notice(), before)
    assert.deepEqual([...new Set(await page.evaluate(() => announced))], said)
  }
  await page.context().close()
})

test('no request leaves the origin of the page', async t => {
  for (const scenario of scenarios()) {
    const site = await Site.start(t, scenario)
    const context = await browser.newContext()
    const page = await context.newPage()
    const requests = []
    page.on('request', request => requests.push(request.url()))
    page.on('console', message => assert.notEqual(message.type(), 'error', message.text()))
    await Promise.all([page.goto(site.url), answered(page)])
    const foreign = requests.filter(url => !url.startsWith(`${site.url}/`) && !url.startsWith('data:'))
    assert.deepEqual(foreign, [], scenario)
    await context.close()
  }
})
