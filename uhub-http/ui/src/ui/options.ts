import type { Component } from 'vue'

/** One of several, in selects, comboboxes and segmented controls. */
export interface Option<V extends string = string> {
  value: V
  label: string
  /** Said beside the label. */
  hint?: string
  icon?: Component
  /** A dot of this colour before it. */
  color?: string
  disabled?: boolean
}
