import type { Component } from 'vue'

export interface MenuAction {
  label: string
  run: () => void
  icon?: Component
  shortcut?: string
  danger?: boolean
  disabled?: boolean
}

export type MenuEntry = MenuAction | { heading: string } | 'line'
