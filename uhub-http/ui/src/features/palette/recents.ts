const MOST = 8
const key = (user: string) => `uhub.recent.${user}`

/** Ids of what this user did lately, the last first. Ids alone: titles of jobs do not belong on a shared disk. */
export function readRecents(user: string, storage: Pick<Storage, 'getItem'> = localStorage): string[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(key(user)) ?? '[]')
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string').slice(0, MOST) : []
  } catch {
    return []
  }
}

export function remember(user: string, id: string, storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage): void {
  const all = [id, ...readRecents(user, storage).filter((one) => one !== id)].slice(0, MOST)
  storage.setItem(key(user), JSON.stringify(all))
}
