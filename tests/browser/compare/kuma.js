// Uptime Kuma with the same services. Its monitors are paused, so that it does nothing but serve its page.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beats, N_BEATS, services } from './facts.js'
import { freePort, Program } from './processes.js'

/** The elements that a visitor waits for. */
export const KUMA = { name: 'Uptime Kuma', answer: '.overall-status', service: '.monitor-list .item:has(.beat:not(.empty))' }

/** Starts the program with `count` services, and returns its page. `home` is the folder of its package. */
export async function startKuma(home, count, folder) {
  mkdirSync(folder, { recursive: true })
  const database = join(folder, 'kuma.db')
  copyFileSync(join(home, 'db/kuma.db'), database)
  // It asks no other server for new versions.
  sql(database, `INSERT INTO setting (key, value, type) VALUES ('checkUpdate', 'false', 'general');`)
  writeFileSync(join(folder, 'db-config.json'), JSON.stringify({ type: 'sqlite' }))
  // The first start brings the database to the present format.
  const first = await serve(home, folder)
  await first.program.end()
  sql(database, facts(count))
  const { program, address } = await serve(home, folder)
  return { ...KUMA, url: `${address}/status/all`, count, close: () => program.end() }
}

async function serve(home, folder) {
  const port = await freePort()
  const env = { ...process.env, NODE_ENV: 'production', DATA_DIR: `${folder}/`, UPTIME_KUMA_HOST: '127.0.0.1', UPTIME_KUMA_PORT: port }
  const program = new Program(process.execPath, ['server/server.js'], { log: join(folder, 'kuma.log'), cwd: home, env })
  await program.until(text => text.includes(`Listening on 127.0.0.1:${port}`))
  return { program, address: `http://127.0.0.1:${port}` }
}

function sql(database, statements) {
  execFileSync('sqlite3', ['-bail', database], { input: statements, stdio: ['pipe', 'inherit', 'inherit'] })
}

function facts(count) {
  const all = services(count)
  const groups = [...new Set(all.map(one => one.group))]
  const now = Date.now()
  const time = at => new Date(now - (N_BEATS - 1 - at) * 60_000).toISOString().replace('T', ' ').slice(0, 23)
  const rows = [
    'BEGIN;',
    `INSERT INTO user (id, username, password) VALUES (1, 'reader', '-');`,
    `INSERT INTO status_page (id, slug, title, icon, theme) VALUES (1, 'all', 'Side by side', '', 'auto');`,
    ...groups.map(n => `INSERT INTO "group" (id, name, public, weight, status_page_id) VALUES (${n + 1}, 'Group ${n}', 1, ${n}, 1);`),
    ...all.flatMap((one, n) => [
      `INSERT INTO monitor (id, name, type, active, user_id, interval, url) VALUES (${n + 1}, '${one.name}', 'http', 0, 1, 60, 'http://127.0.0.1:9/${one.id}');`,
      `INSERT INTO monitor_group (monitor_id, group_id, weight) VALUES (${n + 1}, ${one.group + 1}, ${n});`,
      ...beats(one, n).map(({ isUp, ms }, at) =>
        `INSERT INTO heartbeat (monitor_id, status, msg, time, ping, duration) VALUES (${n + 1}, ${isUp ? 1 : 0}, '', '${time(at)}', ${ms ?? 'NULL'}, 60);`),
    ]),
    'COMMIT;',
  ]
  return rows.join('\n')
}
