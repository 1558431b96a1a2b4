import { defineComponent, h, onBeforeUnmount, shallowRef, type Component } from 'vue'
import { retryDelay } from '@/api/live'
import { translate } from '@/i18n'
import { useToasts } from './toasts'

const { show, dismiss } = useToasts()
let told = 0

/** Once is enough, however often it is tried. */
function tell(): void {
  dismiss(told)
  told = show({
    tone: 'danger',
    title: translate('common.notOpened.title'),
    text: translate('common.notOpened.text'),
    // Where a newer version has taken the place of this one, trying again does not help.
    action: { label: translate('common.notOpened.reload'), run: () => location.reload() },
    duration: 12_000,
  })
}

/** Styles that did not come. Vite asks for each of them once, and would show what they belong to without them. */
const missing = new Set<string>()
window.addEventListener('error', ({ target }) => {
  if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') missing.add(target.href)
}, { capture: true })

function fetchStyles(href: string): Promise<void> {
  return new Promise((done, fail) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = href
    link.onload = () => {
      missing.delete(href)
      done()
    }
    link.onerror = () => {
      link.remove()
      fail(new Error(`no styles: ${href}`))
    }
    document.head.append(link)
  })
}

/** Makes a second try ask for the styles, too, that did not come at the first. */
function withStyles<T>(load: () => Promise<T>): () => Promise<T> {
  let lacking: string[] = []
  return async () => {
    // What others lack is theirs to wait for.
    const others = new Set([...missing].filter((href) => !lacking.includes(href)))
    try {
      await Promise.all(lacking.filter((href) => missing.has(href)).map(fetchStyles))
      return await load()
    } catch (error) {
      lacking = [...missing].filter((href) => !others.has(href))
      throw error
    }
  }
}

/**
 * What opens over a page: its code is fetched once it is wanted, or `ahead`. Where that fails the page stays as it is, and it is told,
 * unless it was only about to be opened. By `failed` its owner hears that it is gone: once it is made again, its code is asked for again.
 * To be called once, outside of a component's setup: what is known of its code holds for all of them.
 */
export function overlay<C extends Component>(load: () => Promise<{ default: C }>): C & { ahead: () => void } {
  const code = shallowRef<C>()
  const ask = withStyles(load)
  const fetched = async () => void (code.value ??= (await ask()).default)

  const component = defineComponent((_, { attrs, emit, slots }) => {
    let isHere = true
    onBeforeUnmount(() => (isHere = false))
    if (!code.value) {
      fetched().catch(() => {
        if (isHere && attrs['open'] !== false) tell()
        emit('failed')
      })
    }
    return () => (code.value ? h(code.value, attrs, slots) : null)
  }, { inheritAttrs: false, emits: ['failed'] })

  return Object.assign(component as unknown as C, { ahead: () => void fetched().catch(() => undefined) })
}

/** Of what nobody opens by hand, the code is asked for until it is there. */
export async function untilFetched<T>(load: () => Promise<T>): Promise<T> {
  const ask = withStyles(load)
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask()
    } catch {
      await new Promise((done) => setTimeout(done, retryDelay(attempt, Math.random())))
    }
  }
}
