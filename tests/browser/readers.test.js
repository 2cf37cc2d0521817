// The API of the page with programs that others wrote for Statuspage, and with closed schemas as strict
// clients have them.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { z } from 'zod'

import { launch } from './lib/browser.js'
import { files, scenarios } from './lib/scenarios.js'
import { Site } from './lib/site.js'

const require = createRequire(import.meta.url)
const { Statuspage: StatuspageIo } = require('statuspage.io')
const { Statuspage: StatuspageJs } = require('statuspage.js')
const python = fileURLToPath(new URL('../../.venv-readers/bin/python', import.meta.url))
const exporter = fileURLToPath(new URL('exporter.py', import.meta.url))

let browser

before(async () => { browser = await launch() })
after(() => browser.close())

const text = z.string().trim().min(1)
const url = z.url({ protocol: /^https?$/ })
const time = z.iso.datetime()
const componentStatus = z.enum([
  'operational', 'degraded_performance', 'partial_outage', 'major_outage', 'under_maintenance',
])
const page = z.strictObject({ id: text, name: text, url, time_zone: text, updated_at: time })
const status = z.strictObject({ indicator: z.enum(['none', 'minor', 'major', 'critical']), description: text })
const component = z.strictObject({
  id: text,
  name: text,
  status: componentStatus,
  created_at: time,
  updated_at: time,
  position: z.int().positive(),
  description: text.nullable(),
  showcase: z.boolean(),
  start_date: z.iso.date().nullable(),
  group_id: text.nullable(),
  page_id: text,
  group: z.boolean(),
  only_show_if_degraded: z.boolean(),
  components: z.array(text).min(1).optional(),
})
const update = status => z.strictObject({
  id: text,
  status,
  body: text,
  incident_id: text,
  created_at: time,
  updated_at: time,
  display_at: time,
  affected_components: z.array(z.strictObject({
    code: text, name: text, old_status: componentStatus, new_status: componentStatus,
  })),
})
const record = (status, impact, more) => z.strictObject({
  id: text,
  name: text,
  status,
  created_at: time,
  updated_at: time,
  monitoring_at: time.nullable(),
  resolved_at: time.nullable(),
  impact,
  shortlink: url,
  started_at: time,
  page_id: text,
  incident_updates: z.array(update(status)).min(1),
  components: z.array(component),
  ...more,
})
const phase = z.enum(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem'])
const incidents = z.array(record(phase, z.enum(['none', 'minor', 'major', 'critical']), {})).max(50)
const windows = z.array(record(
  z.enum(['scheduled', 'in_progress', 'verifying', 'completed']),
  z.literal('maintenance'),
  { scheduled_for: time, scheduled_until: time },
))
const components = z.array(component)
const FILES = {
  summary: { status, components, incidents, scheduled_maintenances: windows },
  status: { status },
  components: { components },
  incidents: { incidents },
  'incidents/unresolved': { incidents },
  'scheduled-maintenances': { scheduled_maintenances: windows },
  'scheduled-maintenances/active': { scheduled_maintenances: windows },
  'scheduled-maintenances/upcoming': { scheduled_maintenances: windows },
}

test('every file of every scenario fits the closed schemas of strict clients', () => {
  let n_files = 0
  for (const scenario of scenarios()) {
    const all = files(scenario)
    for (const [name, fields] of Object.entries(FILES)) {
      const content = all.get(`api/v2/${name}.json`)
      if (!content) continue
      const result = z.strictObject({ page, ...fields }).safeParse(JSON.parse(content))
      assert.ok(result.success, `${scenario}/${name}: ${result.error?.message}`)
      n_files += 1
    }
  }
  assert.ok(n_files > 100, `${n_files}`)
})

test('ids are unique, and each reference leads to a component', () => {
  for (const scenario of scenarios()) {
    const content = files(scenario).get('api/v2/summary.json')
    if (!content) continue
    const summary = JSON.parse(content)
    const ids = summary.components.map(one => one.id)
    assert.equal(new Set(ids).size, ids.length, scenario)
    for (const one of summary.components) {
      assert.equal(one.page_id, summary.page.id)
      assert.ok(one.group_id === null || ids.includes(one.group_id), `${scenario}: ${one.group_id}`)
      for (const id of one.components ?? []) assert.ok(ids.includes(id), `${scenario}: ${id}`)
    }
    for (const incident of summary.incidents) {
      for (const one of incident.components) assert.ok(ids.includes(one.id), `${scenario}: ${one.id}`)
    }
  }
})

// What each page tells a reader: the indicator, whether readers are alarmed, and the worst component.
const TOLD = {
  'all-ok': ['none', false, 'operational'],
  'unknown-service': ['none', false, 'operational'],
  'young': ['none', false, 'operational'],
  'one-degraded': ['minor', true, 'degraded_performance'],
  'lasting-trouble': ['minor', true, 'degraded_performance'],
  'one-outage': ['major', true, 'major_outage'],
  'maintenance': ['none', true, 'under_maintenance'],
  'stale': ['minor', true, undefined],
  'first-deploy': ['minor', true, undefined],
}
const WORST = ['major_outage', 'partial_outage', 'degraded_performance', 'under_maintenance', 'operational']

test('the npm package statuspage.io reads every page', async t => {
  for (const [scenario, [indicator, , worst]] of Object.entries(TOLD)) {
    const site = await Site.start(t, scenario)
    const client = new StatuspageIo('page')
    client.setApiUrl(site.url)
    assert.equal((await client.api.getStatus()).status.indicator, indicator, scenario)
    const { components } = await client.api.getComponents()
    assert.equal(WORST.find(status => components.some(one => one.status == status)), worst, scenario)
    assert.equal((await client.api.getSummary()).page.name, 'Acme status')
    const { incidents } = await client.api.incidents.getAll()
    const unresolved = await client.api.incidents.getUnresolved()
    assert.deepEqual(unresolved.incidents, incidents.filter(one => one.resolved_at === null))
    assert.ok((await client.api.scheduledMaintenances.getAll()).scheduled_maintenances)
  }
})

test('the npm package statuspage.js reads every page, with dates', async t => {
  for (const [scenario, [indicator]] of Object.entries(TOLD)) {
    const site = await Site.start(t, scenario)
    const client = new StatuspageJs('page')
    client.axios.defaults.baseURL = `${site.url}/api/v2`
    const summary = await client.summary()
    assert.equal(summary.status.indicator, indicator, scenario)
    assert.ok(summary.page.updated_at instanceof Date && summary.page.updated_at <= site.now)
    for (const incident of (await client.allIncidents()).incidents) {
      const [newest] = incident.incident_updates
      assert.ok(newest.updated_at instanceof Date && newest.updated_at <= site.now, scenario)
    }
    const all = (await client.allScheduledMaintenances()).scheduled_maintenances
    const active = (await client.activeScheduledMaintenances()).scheduled_maintenances
    const upcoming = (await client.upcomingScheduledMaintenances()).scheduled_maintenances
    const completed = all.filter(one => one.status == 'completed')
    assert.equal(all.length, active.length + upcoming.length + completed.length, scenario)
    for (const window of all) assert.ok(window.created_at <= site.now, `${scenario}: ${window.id}`)
  }
})

test('the PyPI package statuspage-prometheus-exporter alarms only for measured trouble', async t => {
  for (const [scenario, [, alarms, worst]] of Object.entries(TOLD)) {
    const site = await Site.start(t, scenario)
    const { stdout } = await promisify(execFile)(python, [exporter, site.url])
    const read = JSON.parse(stdout)
    assert.equal(read.success, true, `${scenario}: ${read.error}`)
    assert.equal(read.status, alarms ? 0 : 1, `${scenario}: ${read.details}`)
    const is_fine = read.component_metadata.every(one => one.status_value == 1)
    assert.equal(is_fine, worst === undefined || worst == 'operational', scenario)
    for (const incident of read.incident_metadata) {
      assert.match(incident.shortlink, /^https:\/\/status\.acme\.example\/#incident-/)
      assert.ok(incident.affected_components.length > 0, scenario)
    }
  }
})

test('the npm package @statuspage/status-widget shows the status', async t => {
  const script = require.resolve('@statuspage/status-widget/dist/index.js')
  for (const scenario of ['all-ok', 'unknown-service', 'one-outage', 'one-degraded']) {
    const site = await Site.start(t, scenario)
    const { description } = JSON.parse(files(scenario).get('api/v2/status.json')).status
    const page = await browser.newPage()
    const broken = []
    // The bundle of the widget reports an error of its own.
    page.on('pageerror', ({ message }) => message.includes('parcelRequire') || broken.push(message))
    // Another site, which loads the data over CORS.
    await page.setContent('<!doctype html><html><body></body></html>')
    await page.addScriptTag({ path: script })
    await page.evaluate(src => {
      const widget = document.createElement('statuspage-widget')
      widget.setAttribute('src', src)
      document.body.append(widget)
    }, site.url)
    const widget = () => document.querySelector('statuspage-widget').shadowRoot
    await page.waitForFunction(`(${widget})()?.textContent.includes(${JSON.stringify(description)})`)
    assert.deepEqual(broken, [], scenario)
    await page.close()
  }
})
