import { daily } from './daily';
import { running } from './running';

/** 한국어(해요체). */
const text = { ...daily, ...running };

export default text;
