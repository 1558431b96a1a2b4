import { byFeature } from './features'

export default byFeature(import.meta.glob<Record<string, unknown>>('../fr/*.json', { eager: true, import: 'default' }))
