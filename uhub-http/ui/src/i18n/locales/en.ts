import type { Messages } from '../compile'
import { byFeature } from './features'

export default byFeature(import.meta.glob<Messages>('../en/*.json', { eager: true, import: 'default' }))
