interface Unused {
  only: 'a type, gone when compiled';
}

export function fails(): Unused {
  throw new Error('on line 6');
}
