export * from './actions';
export * from './calls';
export * from './events';
export * from './invitation';
export * from './invitationEvents';
export * from './push';
export * from './pushConfig';
export * from './registration';
