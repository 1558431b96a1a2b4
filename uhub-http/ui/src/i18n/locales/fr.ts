import { byFeature, type Messages } from '../compile'

export default byFeature(import.meta.glob<Messages>('../fr/*.json', { eager: true, import: 'default' }))
