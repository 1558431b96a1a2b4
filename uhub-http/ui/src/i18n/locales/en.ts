import { byFeature, type Messages } from '../compile'

export default byFeature(import.meta.glob<Messages>('../en/*.json', { eager: true, import: 'default' }))
