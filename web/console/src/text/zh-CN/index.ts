import { daily } from './daily';
import { knowing } from './knowing';
import { running } from './running';

/** 简体中文。 */
const text = { ...daily, ...knowing, ...running };

export default text;
