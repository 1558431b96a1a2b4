import { moved, type Item, type Slot } from './model'
import type { Zone } from './zone'

/**
 * A move that is shown before the hub has agreed. `saving`: it was asked. `saved`: the hub agreed, and the feed that is on the
 * screen does not tell yet.
 */
export interface Move {
  slot: Slot
  phase: 'saving' | 'saved'
  /** The version that the job has in that slot, once it is saved. */
  version: number
}

export type Moves = ReadonlyMap<string, Move>

export const NO_MOVES: Moves = new Map()

/** A job is dropped on another slot. One move of a job at a time: the second waits for the first. */
export function begin(moves: Moves, item: Item, slot: Slot): Moves | null {
  if (moves.get(item.id)?.phase === 'saving') return null
  return new Map(moves).set(item.id, { slot, phase: 'saving', version: item.version })
}

/** The hub agreed. */
export function settle(moves: Moves, id: string, slot: Slot, version: number): Moves {
  return new Map(moves).set(id, { slot, phase: 'saved', version })
}

/** The hub refused, or somebody else has to agree: the job stands where it stood. */
export function revert(moves: Moves, id: string): Moves {
  if (!moves.has(id)) return moves
  const next = new Map(moves)
  next.delete(id)
  return next
}

/** What the feed tells by itself needs no move over it any more; nor what it does not tell of at all. */
export function reconcile(moves: Moves, items: readonly Item[]): Moves {
  if (moves.size === 0) return moves
  const versions = new Map(items.map((item) => [item.id, item.version]))
  const next = new Map(moves)
  for (const [id, move] of moves) {
    const version = versions.get(id)
    if (move.phase === 'saved' && (version === undefined || version >= move.version)) next.delete(id)
  }
  return next.size === moves.size ? moves : next
}

/** Items with the moves over them. While one is saved, the job cannot be dragged again. */
export function overlay(items: readonly Item[], moves: Moves, zone: Zone): Item[] {
  if (moves.size === 0) return [...items]
  return items.map((item) => {
    const move = moves.get(item.id)
    if (!move || (move.phase === 'saved' && item.version >= move.version)) return item
    const over = moved(item, move.slot, zone)
    return move.phase === 'saving' ? { ...over, editable: false } : { ...over, version: move.version }
  })
}

export function sameSlot(a: Slot, b: Slot): boolean {
  return a.start === b.start && a.end === b.end && a.allDay === b.allDay
}
