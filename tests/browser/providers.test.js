// The pages about LLM providers: the filters of the catalog, and states that are withdrawn when they are too old.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { launch } from './lib/browser.js'
import { Site } from './lib/site.js'

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

/** Returns the ids of the models that are shown. */
const shown = page => page.locator('tr[data-find]:visible code').allInnerTexts()

async function catalog(t, options = {}) {
  const site = await Site.start(t, 'providers')
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.clock.setFixedTime(site.now)
  await page.goto(`${site.url}/models.html`)
  return { site, page }
}

test('the catalog is filtered by text, capability, provider, price and context, and tells the number of rows', async t => {
  const { site, page } = await catalog(t)
  const count = page.locator('#count')
  assert.equal(await count.innerText(), '7 of 7 models')
  for (const [control, value, models] of [
    ['#find', 'GPT mini', ['gpt-4o-mini', 'gpt-4.1-mini']],
    ['#capability', 'embeddings', ['text-embedding-3-small']],
    ['#provider', 'gemini', ['gemini-2.5-flash']],
    ['#price', '0.12', ['claude-haiku-5-5', 'gpt-6-luna', 'text-embedding-3-small', 'gemini-2.5-flash']],
    ['#context', '1000000', ['claude-haiku-5-5', 'gpt-4.1-mini', 'gemini-2.5-flash']],
  ]) {
    const element = page.locator(control)
    const fill = async value => control == '#find' || control == '#price' ? element.fill(value) : element.selectOption(value)
    await fill(value)
    assert.deepEqual(await shown(page), models, control)
    assert.equal(await count.innerText(), `${models.length} of 7 models`)
    assert.equal(await count.getAttribute('role'), 'status')
    await fill(control == '#context' ? '0' : '')
  }
  await page.locator('#find').fill('no such model')
  assert.deepEqual(await shown(page), [])
  assert.equal(await page.locator('th[scope=rowgroup]:visible').count(), 0, 'no heading without a row')
  assert.deepEqual(site.requests, ['models.html'], 'the filter requests nothing')
})

test('the filters are reached and used with the keyboard alone', async t => {
  const { page } = await catalog(t)
  for (let n = 0; n < 10 && await page.evaluate(() => document.activeElement.id) != 'find'; n++) await page.keyboard.press('Tab')
  await page.keyboard.type('luna')
  assert.deepEqual(await shown(page), ['gpt-6-luna'])
})

test('without a script the catalog shows all models and no filter', async t => {
  const { page } = await catalog(t, { javaScriptEnabled: false })
  assert.equal((await shown(page)).length, 7)
  assert.equal(await page.locator('.filters').isVisible(), false)
})

test('the states of providers are withdrawn when the data is too old', async t => {
  const site = await Site.start(t, 'providers')
  const page = await browser.newPage()
  await page.clock.install({ time: site.now })
  const read = () => page.waitForResponse(response => response.url().endsWith('summary.json'))
  await Promise.all([read(), page.goto(`${site.url}/providers.html`)])
  const state = page.locator('#provider-openai .state').first()
  assert.equal(await state.isVisible(), true)
  assert.equal(await page.locator('#old').innerText(), '')
  site.now = new Date(+site.now + 42 * 60e3)
  await Promise.all([read(), page.clock.runFor(61e3)])
  await page.locator('#old:not(:empty)').waitFor()
  assert.match(await page.locator('#old').innerText(), /^Status unknown: the data is \d+ minutes old$/)
  assert.equal(await state.isVisible(), false)
  assert.equal(await page.locator('#provider-openai table:not(.facts)').first().isVisible(), true, 'measured speeds stay')
  await page.close()
})
