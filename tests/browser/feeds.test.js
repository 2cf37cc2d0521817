// The feeds, the calendar and the metrics of the page with parsers that others wrote.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { parseAtomFeed, parseJsonFeed, parseRssFeed } from 'feedsmith'
import ICAL from 'ical.js'
import RssParser from 'rss-parser'
import { z } from 'zod'

import { files, scenarios } from './lib/scenarios.js'

const python = fileURLToPath(new URL('../../.venv-readers/bin/python', import.meta.url))
const metricsReader = fileURLToPath(new URL('open_metrics.py', import.meta.url))

/** Returns the scenarios whose golden folders have all files, with those files. */
function whole() {
  const all = scenarios().map(name => [name, files(name)])
  return all.filter(([, files]) => files.has('history.atom'))
}

const url = z.url({ protocol: /^https?$/ })
const text = z.string().min(1)
// The fields of JSON Feed 1.1 that are published; an unknown one is a mistake.
const jsonFeed = z.strictObject({
  version: z.literal('https://jsonfeed.org/version/1.1'),
  title: text,
  home_page_url: url,
  feed_url: url,
  description: text.optional(),
  language: z.literal('en'),
  items: z.array(z.strictObject({
    id: text,
    url,
    title: text,
    content_html: text,
    content_text: text,
    date_published: z.iso.datetime(),
    date_modified: z.iso.datetime(),
    tags: z.array(text),
  })).max(50),
})

test('the npm package feedsmith reads the same entries from all three feeds', () => {
  let n_entries = 0
  for (const [scenario, all] of whole()) {
    const read = path => all.get(path).toString()
    const atom = parseAtomFeed(read('history.atom'))
    const rss = parseRssFeed(read('history.rss'))
    const json = parseJsonFeed(read('feed.json'))
    const strict = jsonFeed.safeParse(JSON.parse(read('feed.json')))
    assert.ok(strict.success, `${scenario}: ${strict.error?.message}`)
    const entries = strict.data.items.map(item => ({
      id: item.id,
      title: item.title,
      link: item.url,
      time: Date.parse(item.date_published),
      html: item.content_html,
    }))
    const ofAtom = (atom.entries ?? []).map(entry => ({
      id: entry.id,
      title: entry.title.value ?? entry.title,
      link: entry.links.find(link => link.rel == 'alternate').href,
      time: Date.parse(entry.published),
      html: entry.content.value ?? entry.content,
    }))
    const ofRss = (rss.items ?? []).map(item => ({
      id: item.guid.value,
      title: item.title,
      link: item.link,
      time: Date.parse(item.pubDate),
      html: item.description,
    }))
    assert.deepEqual(ofAtom, entries, scenario)
    assert.deepEqual(ofRss, entries, scenario)
    assert.equal((json.items ?? []).length, entries.length, scenario)
    assert.ok((rss.items ?? []).every(item => item.guid.isPermaLink === false), scenario)
    assert.equal(atom.links.find(link => link.rel == 'self').href, 'https://status.acme.example/history.atom')
    n_entries += entries.length
  }
  assert.ok(n_entries > 30, `${n_entries}`)
})

test('the npm package rss-parser reads Atom and RSS', async () => {
  const parser = new RssParser()
  for (const [scenario, all] of whole()) {
    const [atom, rss] = await Promise.all(
      ['history.atom', 'history.rss'].map(path => parser.parseString(all.get(path).toString())),
    )
    const { title, items } = JSON.parse(all.get('feed.json'))
    const titles = items.map(item => item.title)
    for (const feed of [atom, rss]) {
      assert.equal(feed.title, title, scenario)
      assert.deepEqual(feed.items.map(item => item.title), titles, scenario)
      assert.ok(feed.items.every(item => !Number.isNaN(Date.parse(item.isoDate))), scenario)
    }
  }
})

test('the npm package ical.js reads the windows of the calendar', () => {
  let n_events = 0, n_withdrawn = 0
  for (const [scenario, all] of whole()) {
    const calendar = new ICAL.Component(ICAL.parse(all.get('maintenance.ics').toString()))
    const events = calendar.getAllSubcomponents('vevent').map(component => new ICAL.Event(component))
    const { maintenances } = JSON.parse(all.get('api/v1/summary.json'))
    const withdrawn = events.filter(event => event.component.getFirstPropertyValue('status') == 'CANCELLED')
    assert.equal(events.length, maintenances.length + withdrawn.length, scenario)
    assert.equal(new Set(events.map(event => event.uid)).size, events.length, scenario)
    for (const window of maintenances) {
      const event = events.find(event => event.component.getFirstPropertyValue('url') == window.url)
      assert.equal(event.summary, window.title.trim().replace(/\s+/g, ' '), scenario)
      assert.equal(event.startDate.toJSDate().getTime(), Date.parse(window.starts_at), scenario)
      assert.equal(event.endDate.toJSDate().getTime(), Date.parse(window.ends_at), scenario)
      assert.ok((event.description ?? '').startsWith(window.description.trim()), scenario)
      assert.equal(event.component.getFirstPropertyValue('status'), 'CONFIRMED', scenario)
      n_events += 1
    }
    for (const event of events) {
      const revised = event.component.getFirstPropertyValue('last-modified').toJSDate().getTime()
      assert.equal(event.sequence, (revised - Date.parse('2025-01-01T00:00:00Z')) / 1000, scenario)
      assert.ok(event.component.getFirstPropertyValue('dtstamp').toJSDate().getTime() >= revised, scenario)
    }
    n_withdrawn += withdrawn.length
  }
  assert.ok(n_events > 2, `${n_events}`)
  assert.equal(n_withdrawn, 1)
})

test('the parser of the Prometheus client reads the metrics', () => {
  for (const [scenario, all] of whole()) {
    const answer = execFileSync(python, [metricsReader], { input: all.get('metrics') })
    const samples = JSON.parse(answer)
    const { services } = JSON.parse(all.get('api/v1/summary.json'))
    const of = (name, labels) => samples.find(sample =>
      sample.name == name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    for (const service of services) {
      const labels = { service: service.id }
      const success = { operational: 1, degraded: 1, outage: 0 }[service.state]
      assert.equal(of('probe_success', labels)?.value, success, `${scenario}: ${service.id}`)
      assert.equal(of('allclear_service_info', labels).labels.name, service.name, scenario)
      const state = { ...labels, allclear_service_state: service.state }
      assert.equal(of('allclear_service_state', state).value, 1, scenario)
      const uptime = service.uptimes.find(uptime => uptime.days == 90).percent
      const ratio = of('allclear_service_uptime_ratio', labels)?.value
      assert.equal(ratio === undefined ? null : Math.round(ratio * 10000) / 100, uptime, scenario)
    }
  }
})
