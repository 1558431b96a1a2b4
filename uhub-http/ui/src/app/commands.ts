import { computed, onScopeDispose, shallowReactive, type Component } from 'vue'

export type CommandGroup = 'go' | 'create' | 'view' | 'session' | 'help'

export interface Command {
  /** Unique; what was run lately is remembered by it. */
  id: string
  /** A function, so that it follows the language. */
  title: () => string
  group: CommandGroup
  run: () => unknown
  icon?: Component
  /** `mod+k`, `?`, or a sequence: `g c`. */
  shortcut?: string
  /** What else it might be looked for by. */
  keywords?: () => readonly string[]
  /** Where it makes no sense or is not allowed, it is not offered. */
  when?: () => boolean
  /** Why this person may not, in words: it is shown greyed, with these. */
  blocked?: () => string | null
}

const registry = shallowReactive(new Map<string, Command>())

/** Offers a command in the palette and in the list of shortcuts. @returns what takes it back */
export function registerCommand(command: Command): () => void {
  registry.set(command.id, command)
  return () => {
    if (registry.get(command.id) === command) registry.delete(command.id)
  }
}

/** The same for as long as the component is there. */
export function useCommands(commands: readonly Command[]): void {
  const takeBack = commands.map(registerCommand)
  onScopeDispose(() => takeBack.forEach((one) => one()))
}

/** Commands that can be run now. */
export const commands = computed(() => [...registry.values()].filter((command) => command.when?.() ?? true))

export function commandFor(shortcut: string): Command | undefined {
  return commands.value.find((command) => command.shortcut === shortcut && !command.blocked?.())
}
