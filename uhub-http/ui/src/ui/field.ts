import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'

export interface FieldContext {
  id: string
  /** The ids of hint and error. */
  describedBy: string | undefined
  isInvalid: boolean
  isRequired: boolean
}

const FIELD: InjectionKey<ComputedRef<FieldContext>> = Symbol('field')

export function provideField(context: ComputedRef<FieldContext>): void {
  provide(FIELD, context)
}

/** The field around a control: its label points at the control, hint and error describe it. */
export function useField(): ComputedRef<FieldContext> | null {
  return inject(FIELD, null)
}
