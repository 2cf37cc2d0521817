// The services, their states and their history, which each compared program gets as far as it can store them.

/** The checks of each service in a row that Uptime Kuma shows, a minute apart. */
export const N_BEATS = 50

/** The number of services in a group. */
const GROUP_SIZE = 10

/** The days before today on which services were down, and the minute of that day. */
const TROUBLE = [2, 3, 6, 9, 13, 21, 30, 38, 47, 59, 71, 84].map((daysAgo, n) => ({ daysAgo, minute: 120 + n * 90 }))

const name = n => `service-${String(n).padStart(4, '0')}`

/** Returns the services: one in a hundred is down. */
export function services(count) {
  return Array.from({ length: count }, (_, n) => ({
    id: name(n),
    name: `Service ${n}`,
    group: Math.floor(n / GROUP_SIZE),
    isDown: n % 100 == 3,
  }))
}

/** Returns the past outages: on each day of trouble, one service in fifty was down for 40 minutes. */
export function outages(count) {
  return TROUBLE.flatMap(({ daysAgo, minute }, day) =>
    services(count).filter((_, n) => n % 50 == (day * 7 + 5) % 50).map(({ id }) => (
      { monitor: id, days_ago: daysAgo, minute, minutes: 40 }
    )))
}

/** Returns the last checks of a service: its status and its response time in milliseconds, the newest one last. */
export function beats({ isDown }, n) {
  return Array.from({ length: N_BEATS }, (_, at) => {
    const isFailed = isDown && at >= N_BEATS - 3
    // The same numbers in each run.
    return { isUp: !isFailed, ms: isFailed ? null : 20 + (n * 31 + at * 17) % 60 }
  })
}
