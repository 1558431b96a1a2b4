import type { Component } from 'vue'

/** One line of the palette. */
export interface Item {
  id: string
  title: string
  /** The heading it stands under: a key of `palette.group`. */
  group: string
  hint?: string | undefined
  icon?: Component | undefined
  /** A project's colour and letters, in place of an icon. */
  color?: string | undefined
  mark?: string | undefined
  shortcut?: string | undefined
  keywords?: readonly string[]
  /** Why it cannot be done: it is shown, greyed, with this. */
  blocked?: string | null | undefined
  danger?: boolean
  run: () => unknown
  /** The palette stays open. */
  stays?: boolean
  /** It is worth remembering as used lately. */
  keep?: boolean
}

export interface Note {
  tone: 'info' | 'warning' | 'danger'
  text: string
}

/** What the palette shows at one moment: the commands, or one step of something that takes several. */
export interface Screen {
  /** Where one is: `New job`, `Development`, … */
  crumbs: string[]
  placeholder: string
  items: Item[]
  /** Whether what is typed narrows the items down; else it is an answer. */
  filters: boolean
  loading?: boolean
  note?: Note | null
  /** One step back; `false` where there is none. */
  back: () => boolean
}
