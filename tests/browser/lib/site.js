// A static server whose clock and files a test sets.

import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

import { files, madeAt } from './scenarios.js'

const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  txt: 'text/plain; charset=utf-8',
}

/** Returns the media type of a file. */
export function mediaType(path) {
  if (path == 'metrics') return 'application/openmetrics-text; version=1.0.0; charset=utf-8'
  return types[path.split('.').pop()] ?? 'application/octet-stream'
}

/** A server on a free port of the loopback interface. */
export class Site {
  /** The files by their paths. */
  files = new Map()
  /** The time in the `Date` header. */
  now = new Date(0)
  /** Further headers of the files by their paths. */
  headers = new Map()
  /** Whether it compresses files, as the server of a real page does. */
  compresses = false
  /** The paths that were requested. */
  requests = []

  /** Starts the server for a test with the files of a scenario, at the time at which its page was made. */
  static async start(test, scenario) {
    const site = await Site.serve(scenario)
    test.after(() => site.close())
    return site
  }

  /** Starts the server without a test that closes it. */
  static async serve(scenario) {
    const site = new Site()
    site.publish(files(scenario))
    site.server = createServer((request, response) => site.#answer(request, response))
    await new Promise(done => site.server.listen(0, '127.0.0.1', done))
    site.url = `http://127.0.0.1:${site.server.address().port}`
    return site
  }

  /** Serves these files from now on. */
  publish(files) {
    this.files = files
    this.now = madeAt(this.page)
  }

  /** Returns the markup of the page. */
  get page() {
    return this.files.get('index.html').toString()
  }

  async close() {
    this.server.closeAllConnections()
    await new Promise(done => this.server.close(done))
  }

  #answer(request, response) {
    const path = new URL(request.url, this.url).pathname.slice(1) || 'index.html'
    this.requests.push(path)
    const found = this.files.get(path)
    const content = found && this.compresses ? gzipSync(found) : found
    response.sendDate = false
    response.writeHead(content ? 200 : 404, {
      date: this.now.toUTCString(),
      'content-type': mediaType(path),
      'access-control-allow-origin': '*',
      ...(found && this.compresses && { 'content-encoding': 'gzip' }),
      ...this.headers.get(path),
    })
    response.end(content)
  }
}
