// The widget on a page of another site.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'

import { launch } from './lib/browser.js'
import { files } from './lib/scenarios.js'
import { Site } from './lib/site.js'

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

/** Serves a page that contains the script of the widget, under another origin than the status page. */
async function host(t, site) {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(`<!doctype html><title>Host</title><main><script src="${site.url}/embed.js"></script></main>`)
  })
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  t.after(() => { server.closeAllConnections(); server.close() })
  return `http://localhost:${server.address().port}`
}

/** Opens the host page. Returns the frame of the widget, and the errors of the console. */
async function open(t, origin, options = {}) {
  const context = await browser.newContext(options)
  t.after(() => context.close())
  const page = await context.newPage()
  const errors = []
  page.on('console', message => message.type() == 'error' && errors.push(message.text()))
  page.on('pageerror', error => errors.push(error.message))
  await page.clock.install()
  await page.goto(origin)
  return { page, errors, widget: page.frameLocator('iframe').getByRole('link') }
}

/** Sends the policy that the server of the page sends for the widget. */
function allow(site, ...origins) {
  site.headers.set('embed.html', { 'content-security-policy': `frame-ancestors ${origins.join(' ')}` })
}

test('the widget shows the answer of the page and leads to it', async t => {
  for (const scenario of ['all-ok', 'one-outage', 'maintenance', 'stale', 'hostile-text']) {
    const site = await Site.start(t, scenario)
    const origin = await host(t, site)
    allow(site, origin)
    const { page, errors, widget } = await open(t, origin)
    const { status, page: { name } } = JSON.parse(files(scenario).get('api/v1/summary.json'))
    const shown = status.state == 'no_data' ? 'Status unknown' : status.headline
    await widget.getByText(shown, { exact: false }).waitFor()
    assert.equal(await widget.evaluate(link => link.href), `${site.url}/`, scenario)
    const frame = page.locator('iframe')
    assert.equal(await frame.getAttribute('title'), name.trim().replace(/\s+/g, ' '), scenario)
    assert.deepEqual(errors, [], scenario)
  }
})

test('the widget follows the page, and withdraws its answer when the data is too old or cannot be read', async t => {
  const site = await Site.start(t, 'all-ok')
  const origin = await host(t, site)
  allow(site, origin)
  const { page, widget } = await open(t, origin)
  const shows = text => widget.getByText(text).waitFor()
  await shows('All systems operational')
  site.publish(files('one-outage'))
  await page.clock.runFor(61_000)
  await shows('Checkout is down')
  site.publish(files('all-ok'))
  await page.clock.runFor(61_000)
  await shows('All systems operational')
  // The monitor has stopped: the page stays, and the time of the server goes on.
  site.now = new Date(site.now.getTime() + 16 * 60_000)
  await page.clock.runFor(61_000)
  await shows('Status unknown')
  site.publish(files('all-ok'))
  await page.clock.runFor(61_000)
  await shows('All systems operational')
  // The server has stopped, too.
  await site.close()
  await page.clock.runFor(16 * 60_000)
  await shows('Status unknown')
})

test('a site that is not allowed cannot frame the widget', async t => {
  const site = await Site.start(t, 'all-ok')
  const origin = await host(t, site)
  allow(site, 'https://www.acme.example')
  const { page, errors } = await open(t, origin)
  await page.waitForFunction(() => document.querySelector('iframe'))
  await page.clock.runFor(2_000)
  assert.ok(await waitFor(() => errors.some(error => error.includes('frame-ancestors'))), `${errors}`)
})

async function waitFor(condition) {
  for (let n = 0; n < 100 && !condition(); n += 1) await new Promise(done => setTimeout(done, 50))
  return condition()
}

test('without JavaScript the widget is a link to the page and states nothing', async t => {
  const site = await Site.start(t, 'one-outage')
  const context = await browser.newContext({ javaScriptEnabled: false })
  t.after(() => context.close())
  const page = await context.newPage()
  await page.goto(`${site.url}/embed.html`)
  assert.equal((await page.getByRole('link').innerText()).trim(), 'Acme status')
})
