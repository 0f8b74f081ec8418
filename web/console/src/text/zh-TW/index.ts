import { daily } from './daily';
import { knowing } from './knowing';
import { running } from './running';

/** 繁體中文（臺灣用語）。 */
const text = { ...daily, ...knowing, ...running };

export default text;
