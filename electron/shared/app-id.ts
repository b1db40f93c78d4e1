/** The name of the app among all apps of a system, by which Windows shows whose a notification is. That of the package is the same. */
export const APP_ID = 'net.carillon.desktop';
