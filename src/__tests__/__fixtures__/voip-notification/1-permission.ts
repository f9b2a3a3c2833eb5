    import ZPNs, { CallKit } from 'react-native-zpns';
    
    ZPNs.getInstance().applyNotificationPermission();
