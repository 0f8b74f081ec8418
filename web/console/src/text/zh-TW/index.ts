import { daily } from './daily';
import { running } from './running';

/** 繁體中文（臺灣用語）。 */
const text = { ...daily, ...running };

export default text;
