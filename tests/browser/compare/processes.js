// Programs that end with this one.

import { spawn } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 600_000

const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')))

/** A started program whose output is in a file. */
export class Program {
  constructor(program, args, { log, ...options }) {
    this.log = log
    const output = openSync(log, 'w')
    this.child = spawn(program, args, { stdio: ['ignore', output, output], ...options })
    running.add(this.child)
    this.child.on('error', error => { this.failure = error })
    this.ended = new Promise(done => this.child.once('close', done))
  }

  /** Waits until `find` returns a value for the output, or for nothing but time. */
  async until(find) {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const text = readFileSync(this.log, 'utf8')
      const found = await find(text)
      if (found) return found
      const { exitCode, signalCode } = this.child
      if (this.failure || exitCode != null || signalCode != null || Date.now() > deadline) {
        throw new Error(`\`${this.child.spawnfile}\` is not ready; it wrote:\n${text}${this.failure ?? ''}`)
      }
      await sleep(50)
    }
  }

  /** Ends the program. */
  async end() {
    if (this.child.exitCode == null && this.child.signalCode == null) {
      this.child.kill('SIGTERM')
      const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000)
      await this.ended
      clearTimeout(late)
    }
    running.delete(this.child)
  }
}

/** Returns a port of the loopback interface that nothing uses, for a program that cannot choose one itself. */
export async function freePort() {
  const server = createServer()
  await new Promise(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise(done => server.close(done))
  return port
}
