// The gallery: every scenario of the page, as its visitors saw it at its time.
//
//   node gallery.js serve [PORT]       serves the gallery, until Ctrl-C
//   node gallery.js screenshots DIR    writes the screenshots of the readme

import { createServer } from 'node:http'
import { mkdirSync, writeFileSync } from 'node:fs'

import { launch } from './lib/browser.js'
import { files, madeAt, scenarios } from './lib/scenarios.js'
import { mediaType, Site } from './lib/site.js'

const DEFAULT_PORT = 8088

/** The screenshots: a name, the scenario, and the window. */
const SCREENSHOTS = [
  { name: 'status-page', scenario: 'one-outage', width: 1000, height: 760, colorScheme: 'light' },
  { name: 'status-page-dark-phone', scenario: 'one-outage', width: 390, height: 760, colorScheme: 'dark' },
]

/** Returns the markup of the list of all scenarios. */
function list() {
  const row = scenario => {
    const pages = [...files(scenario).keys()].filter(path => path.endsWith('.html') && path != 'next.html').sort()
    const links = pages.map(path => `<a href="/${scenario}/${path}">${path}</a>`)
    return `<tr><th scope="row">${scenario}</th><td>${links.join(' ')}</td></tr>`
  }
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Gallery</title><style>body{font:1rem/1.5 system-ui;margin:2rem}th{text-align:start;vertical-align:top;padding-inline-end:1rem}</style>
<h1>The page in every scenario</h1><table>${scenarios().map(row).join('\n')}</table></html>`
}

/** Serves each scenario in its folder. The header `Date` is the time of the scenario, by which its script counts ages. */
async function serve(port) {
  const content = new Map(scenarios().map(scenario => [scenario, files(scenario)]))
  const server = createServer((request, response) => {
    const [, scenario, ...rest] = new URL(request.url, 'http://localhost').pathname.split('/')
    if (!scenario) return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(list())
    const path = rest.join('/') || 'index.html'
    const body = content.get(scenario)?.get(path)
    if (!body) return response.writeHead(404).end('There is no such file in the gallery.\n')
    response.sendDate = false
    const now = madeAt(content.get(scenario).get('index.html').toString())
    response.writeHead(200, { date: now.toUTCString(), 'content-type': mediaType(path) }).end(body)
  })
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done))
  console.log(`the gallery is at http://127.0.0.1:${server.address().port}/ until Ctrl-C`)
}

/** Writes each screenshot into a folder. */
async function takeScreenshots(folder) {
  mkdirSync(folder, { recursive: true })
  const browser = await launch()
  for (const { name, scenario, width, height, colorScheme } of SCREENSHOTS) {
    const site = await Site.serve(scenario)
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, timezoneId: 'UTC' })
    const page = await context.newPage()
    await page.clock.setFixedTime(site.now)
    await page.goto(site.url)
    const path = `${folder}/${name}.png`
    writeFileSync(path, await page.screenshot())
    console.log(`${path}: ${scenario}, ${width} by ${height} pixels, ${colorScheme}`)
    await context.close()
    await site.close()
  }
  await browser.close()
}

const [command, argument] = process.argv.slice(2)
if (command == 'serve') {
  await serve(Number(argument ?? DEFAULT_PORT))
} else if (command == 'screenshots' && argument) {
  await takeScreenshots(argument)
} else {
  console.error('usage: gallery.js serve [PORT] | screenshots DIR')
  process.exitCode = 2
}
