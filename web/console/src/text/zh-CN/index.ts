import { daily } from './daily';
import { running } from './running';

/** 简体中文。 */
const text = { ...daily, ...running };

export default text;
