    // 开发环境: true;  生产环境: false (默认值)
    ZPNs.enableDebug(true);

    ZPNs.getInstance().registerPush({ enableIOSVoIP: true });
