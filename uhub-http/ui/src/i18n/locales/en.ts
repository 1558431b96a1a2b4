import { byFeature } from './features'

export default byFeature(import.meta.glob<Record<string, unknown>>('../en/*.json', { eager: true, import: 'default' }))
