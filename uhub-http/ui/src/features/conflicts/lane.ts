/** One colliding job on the small timeline. */
export interface Lane {
  id: string
  title: string
  /** Milliseconds since 1970. */
  start: number
  end: number
  allDay: boolean
  color: string
  /** Letters of its project. */
  mark: string
  collides: boolean
  /** It cannot be moved by the caller. */
  locked: boolean
}
