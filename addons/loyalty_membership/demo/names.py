"""What the demo club is made of: names in English and Chinese, and nothing that belongs to a real person."""

#: English name, Chinese name, code, threshold, multiplier, colour, benefits (English, Chinese)
TIERS = [
    ("Standard", "普通会员", "STANDARD", 0, 1.0, 0, [("Points on every purchase", "消费即得积分")]),
    ("Silver", "银卡会员", "SILVER", 2000, 1.1, 4, [("Free gift wrapping", "免费礼品包装")]),
    ("Gold", "金卡会员", "GOLD", 8000, 1.25, 3, [
        ("Free delivery on every order", "全场包邮"), ("Double points on the birthday", "生日双倍积分"),
    ]),
    ("Diamond", "钻石会员", "DIAMOND", 30000, 1.5, 8, [
        ("A personal adviser in the store", "专属门店顾问"), ("First choice of new collections", "新品优先选购"),
        ("Free parking", "免费停车"),
    ]),
]  # fmt: skip

STORES = [
    ("Nanjing Road Store", "南京路店", "Shanghai"),
    ("West Lake Store", "西湖店", "Hangzhou"),
    ("Taikoo Li Store", "太古里店", "Chengdu"),
]

SOURCES = ["Mini program 小程序", "WeCom 企业微信", "Store QR code 门店扫码", "Xiaohongshu 小红书", "Douyin 抖音"]

CATEGORIES = {"shoes": "Shoes 鞋履", "coffee": "Coffee 咖啡", "beauty": "Beauty 美妆", "kids": "Kids 童装"}

#: category, SKU, English name, Chinese name, price in CNY
PRODUCTS = [
    ("shoes", "SH-1001", "City Runner Shoes", "都市跑鞋", 599.0),
    ("shoes", "SH-1002", "Leather Loafers", "真皮乐福鞋", 899.0),
    ("shoes", "SH-1003", "Trail Hiking Boots", "户外登山靴", 1299.0),
    ("shoes", "SH-1004", "Canvas Sneakers", "帆布小白鞋", 329.0),
    ("coffee", "CF-2001", "Yunnan Single Origin Beans 250 g", "云南单品咖啡豆 250 克", 88.0),
    ("coffee", "CF-2002", "Oat Latte", "燕麦拿铁", 32.0),
    ("coffee", "CF-2003", "Pour-over Set", "手冲咖啡套装", 368.0),
    ("coffee", "CF-2004", "Cold Brew, 6 Bottles", "冷萃咖啡 6 瓶装", 108.0),
    ("beauty", "BE-3001", "Hydrating Face Serum 30 ml", "玻尿酸保湿精华 30 毫升", 459.0),
    ("beauty", "BE-3002", "Velvet Lipstick", "丝绒口红", 289.0),
    ("beauty", "BE-3003", "Sunscreen SPF 50", "轻薄防晒霜 SPF50", 198.0),
    ("beauty", "BE-3004", "Night Repair Cream 50 g", "修护晚霜 50 克", 1180.0),
    ("kids", "KD-4001", "Kids Down Jacket", "儿童羽绒服", 699.0),
    ("kids", "KD-4002", "Cotton T-Shirt for Kids", "儿童纯棉 T 恤", 99.0),
    ("kids", "KD-4003", "School Backpack", "小学生护脊书包", 268.0),
]

#: name, pinyin or the e-mail's first part, gender
PEOPLE = [
    ("Emma Claridge", "emma.claridge", "female"), ("Daniel Meyer", "daniel.meyer", "male"),
    ("Sophie Laurent", "sophie.laurent", "female"), ("James Tan", "james.tan", "male"),
    ("Olivia Rossi", "olivia.rossi", "female"), ("Lucas Novak", "lucas.novak", "male"),
    ("Mia Andersen", "mia.andersen", "female"), ("Noah Wilcott", "noah.wilcott", "male"),
    ("Chloe Lim", "chloe.lim", "female"), ("Ethan Park", "ethan.park", "male"),
    ("Grace Heng", "grace.heng", "female"), ("Adam Kowalski", "adam.kowalski", "male"),
    ("王秀英", "wang.xiuying", "female"), ("李伟强", "li.weiqiang", "male"), ("张慧敏", "zhang.huimin", "female"),
    ("刘宏伟", "liu.hongwei", "male"), ("陈静怡", "chen.jingyi", "female"), ("杨一帆", "yang.yifan", "male"),
    ("赵丽娟", "zhao.lijuan", "female"), ("黄俊峰", "huang.junfeng", "male"), ("周婷婷", "zhou.tingting", "female"),
    ("吴建平", "wu.jianping", "male"), ("徐佳怡", "xu.jiayi", "female"), ("孙浩然", "sun.haoran", "male"),
    ("马晓燕", "ma.xiaoyan", "female"), ("朱建国", "zhu.jianguo", "male"), ("胡雪梅", "hu.xuemei", "female"),
    ("郭子轩", "guo.zixuan", "male"), ("何欣怡", "he.xinyi", "female"), ("高志远", "gao.zhiyuan", "male"),
    ("林婉清", "lin.wanqing", "female"), ("罗志强", "luo.zhiqiang", "male"), ("郑思琪", "zheng.siqi", "female"),
    ("梁宇航", "liang.yuhang", "male"), ("谢雨桐", "xie.yutong", "female"), ("宋明辉", "song.minghui", "male"),
    ("唐雨涵", "tang.yuhan", "female"), ("许文博", "xu.wenbo", "male"), ("韩秋月", "han.qiuyue", "female"),
    ("冯凯文", "feng.kaiwen", "male"), ("邓雨倩", "deng.yuqian", "female"), ("曹俊杰", "cao.junjie", "male"),
    ("彭雅婷", "peng.yating", "female"), ("曾国栋", "zeng.guodong", "male"), ("肖晓璐", "xiao.xiaolu", "female"),
    ("田家豪", "tian.jiahao", "male"), ("董雅茹", "dong.yaru", "female"), ("潘文龙", "pan.wenlong", "male"),
    ("袁梦婷", "yuan.mengting", "female"), ("蔡明远", "cai.mingyuan", "male"), ("蒋欣然", "jiang.xinran", "female"),
    ("余海涛", "yu.haitao", "male"), ("于佳慧", "yu.jiahui", "female"), ("杜鹏飞", "du.pengfei", "male"),
    ("叶子涵", "ye.zihan", "female"), ("程家亮", "cheng.jialiang", "male"), ("魏红霞", "wei.hongxia", "female"),
    ("苏子航", "su.zihang", "male"), ("吕思远", "lyu.siyuan", "other"), ("丁若兰", "ding.ruolan", "female"),
]  # fmt: skip
