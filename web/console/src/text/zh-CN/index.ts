import { daily } from './daily';
import { knowing } from './knowing';
import { running } from './running';
import { stored } from './stored';

/** 简体中文。 */
const text = { ...daily, ...knowing, ...running, ...stored };

export default text;
