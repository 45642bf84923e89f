/**
 * What people choose and attackers try first: lower case, without the digits and signs that are put around a word (those are taken off
 * before the look-up, see common-passwords.ts). Kept by hand; add to it freely, one word is one word.
 */
export const COMMON_PASSWORDS = `
password passwort passwd passwords passcode passphrase passme mypassword thepassword newpassword oldpassword password1 password12
password123 password1234 password12345 passw0rd pass1234 pass12345 pass pass1 pass123 secret secrets topsecret mysecret letmein letmeinnow
letmein1 welcome welcome1 welcome12 welcome123 welcomeback welcomehome hello hello1 hello123 helloworld hellohello hellokitty goodbye
admin admin1 admin12 admin123 admin1234 administrator adminadmin superadmin sysadmin superuser superman1 root rootroot toor rootadmin user user1
user123 username guest guest123 guestguest test test1 test12 test123 test1234 tester testing testing1 testing123 testtest demo demo123 demodemo
default changeme changeit changethis changemenow temp temp123 temporary temppass temppassword initial initial1 system system32 server master master1
master123 mastermind manager manager1 office office123 company company1 business service support support1 helpdesk login login123 loginlogin
access access1 access14 access123 account account1 security secure secure123 private public internal unknown nothing nopassword none null
enter enterprise open opensesame sesame abracadabra trustno trustno1 trustme believe iloveyou iloveyou1 iloveyou2 iloveu iloveme ilovegod
ilovemom ilovehim iloveher iloveit ilove loveyou loveme lovelove loveyou1 lovely lover lovers love love123 forever foreverlove
qwerty qwerty1 qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuio qwertyuiop qwertz qwertzu qwertzui qwertzuiop azerty azertyui
azertyuiop azerty123 asdf asdfg asdfgh asdfghj asdfghjk asdfghjkl asdf1234 asdfasdf asdfjkl asdasd asdasdasd asd123 zxcvbn zxcvbnm zxcvb zxcv
zxcvzxcv yxcvbn yxcvbnm wxcvbn qazwsx qazwsxedc qazxsw qaz123 qazqaz qwaszx qweasd qweasdzxc qwe123 qwer1234 qwerasdf qwertyasdf qweqwe qweqweqwe
qwert qwert1 qwert123 qwert12345 wertyu wasdwasd wsxedc edcrfv rfvtgb tgbyhn zaqwsx zaq12wsx zaq1zaq1 zaqxsw zxasqw xsw2zaq1 poiuytrewq poiuyt
lkjhgf lkjhgfdsa mnbvcxz mnbvcx fdsa fdsafdsa ytrewq 1q2w3e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 2wsx3edc q1w2e3
q1w2e3r4 q1w2e3r4t5 a1b2c3 a1b2c3d4 a1s2d3f4 abc abc123 abc1234 abc12345 abcabc abcd abcd123 abcd1234 abcde abcde12345 abcdef abcdef123 abcdefg
abcdefg1 abcdefgh abcdefghi abcdefghij 123abc 1234abcd aa123456 aaa111 aaaaaa a123456 a12345678 a123456789 aabbcc aabb1122 x123456 z123456
0000 00000 000000 0000000 00000000 0123456 01234567 012345678 0123456789 0987654321 098765 1111 11111 111111 1111111 11111111 111222 112233
11223344 1122334455 121212 12121212 123 1230 12312 123123 123123123 1231231234 1232123 123321 123321123 1234 12341234 12344321 12345 123451
1234512345 123454321 1234554321 123456 1234561 123456123 1234567 12345671 12345678 123456781 123456789 1234567890 12345678900 12345678910
123456789a 123456a 123456aa 123456q 123456qwerty 1234qwer 123654 123654789 123qwe 123qweasd 123qweasdzxc 123456abc 123789 131313 135790 135792468
13579 141414 147147 147258 147258369 147852 147852369 151515 159159 159357 159753 159951 161616 171717 181818 191919 192837465 202020 2020
212121 222222 22222222 232323 242424 246810 252525 258456 292929 303030 313131 321321 321654 321654987 333333 33333333 343434 369369 369258147
4321 444444 44444444 454545 456123 456456 456789 494949 505050 515151 54321 543210 555555 55555555 565656 575757 585858 606060 616161 654321
6543210 656565 666666 66666666 676767 686868 696969 69696969 741852 741852963 753159 753951 757575 765432 7654321 767676 777777 7777777 77777777
787878 789456 789456123 789789 797979 8675309 87654321 888888 88888888 898989 909090 951753 963852 963852741 969696 987654 9876543 98765432
987654321 9876543210 989898 999999 99999999 999999999 100000 100200 101010 10101010 102030 10203040 1029384756 110110 114477 11235813 123000
314159 3141592654 271828 420420 007007 911911 1password 2password monkey monkeys monkey1 monkey123 dragon dragons dragon1 dragon123 dragonball
dragonfly tiger tigers tiger1 tigger tiger123 lion lions eagle eagles eagle1 falcon falcons hawk hawks panther panthers bear bears wolf wolves
wolfpack werewolf shark sharks dolphin dolphins penguin penguins turtle turtles rabbit rabbits bunny bunnies kitten kitty kittycat cat cats catdog
dog dogs doggy doggie puppy puppies horse horses pony snake snakes spider spiders spiderman scorpion scorpio phoenix pegasus unicorn unicorns
butterfly ladybug bumblebee chicken rooster duck ducks goose turkey elephant giraffe gorilla mustang mustangs bronco broncos stallion cougar
jaguar jaguars leopard cheetah puma lynx raven ravens crow beaver badger buffalo bulldog bulldogs beagle poodle pitbull rottweiler
baseball baseball1 football football1 footballer futbol soccer soccer1 basketball hockey hockey1 tennis golf golfer golfing volleyball softball
rugby cricket boxing karate judo wrestling swimming runner running racing racer racecar skater skateboard snowboard surfing surfer fishing
fisherman hunter hunting sailing sailor cycling cyclist biker rider champion champions winner winners winning victory player players gamer gaming
yankees redsox lakers celtics cowboys steelers packers patriots raiders redskins giants dodgers cubs mets braves bulls chicagobulls warriors
arsenal chelsea liverpool liverpool1 manchester manutd mancity everton tottenham barcelona realmadrid madrid juventus milan acmilan inter roma
napoli bayern borussia dortmund schalke ajax feyenoord psv celtic rangers benfica porto sporting flamengo corinthians palmeiras saopaulo
superman batman ironman spidey hulk thor captain wolverine xmen avengers joker catwoman supergirl superstar hero heroes starwars starwars1 startrek
stargate jedi yoda vader darthvader skywalker matrix neo trinity morpheus gandalf frodo bilbo hobbit legolas aragorn sauron mordor hogwarts
harrypotter potter dumbledore voldemort hermione slytherin gryffindor pokemon pokemon1 pikachu charizard naruto sasuke sakura itachi goku vegeta
onepiece luffy zelda mario luigi sonic tetris minecraft minecraft1 fortnite roblox callofduty halo warcraft starcraft diablo counterstrike
counter playstation xbox xbox360 nintendo gameboy simpsons homer bart southpark cartman scooby scoobydoo snoopy garfield mickey mickeymouse minnie
donald donaldduck goofy pluto bambi simba nemo shrek tinkerbell cinderella princess princess1 prince queen king kings kingdom
sunshine sunshine1 sunny sunset sunrise sunflower summer summer1 summertime winter spring autumn fall season holiday vacation weekend
january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
blackfriday christmas christmas1 xmas easter halloween valentine birthday newyear happynewyear anniversary morning evening midnight tonight
today tomorrow yesterday flower flowers rose roses lily daisy jasmine violet orchid tulip garden forest mountain mountains river ocean beach
beaches island islands desert valley lake rain rainbow rainbows raindrop storm stormy thunder lightning hurricane tornado blizzard snow snowball
snowman snowflake ice icecream fire fireball firefly flame flames water earth wind sky skyline moon moonlight star stars stardust starlight
galaxy universe space cosmos planet mercury venus mars jupiter saturn uranus neptune apollo zeus athena hercules odyssey olympus atlantis
red blue green yellow orange purple pink black white silver gold golden brown grey gray blackcat blackbird blackjack bluebird bluesky bluemoon
bluebell greenday redrose redbull pinkfloyd whitehouse diamond diamonds crystal emerald ruby sapphire pearl amber jade platinum
michael michael1 michelle michele jennifer jessica jessica1 ashley ashley1 amanda andrew anthony anthony1 daniel daniel1 david david1 joshua joshua1
matthew christopher christian christine christina charlie charlie1 charles charlotte thomas thomas1 robert robert1 william richard joseph george
george1 james james1 john johnny jonathan jordan jordan1 jordan23 justin justin1 kevin brian bryan nicole nicole1 nicholas nathan samantha samuel
sarah sara sandra sabrina stephanie steven stephen sophie sophia sebastian simon scott sean shannon shawn patrick patricia peter paul pauline philip
rebecca rachel ryan raymond ronald russell victor victoria vincent vanessa veronica valentina walter wendy wilson zachary adam adrian albert
alberto alejandro alejandra alex alex123 alexander alexandra alexis alice alicia alison allison amelia amy andrea andreas angel angel1 angela
angelina angelo anna anne annie antonio antonia arthur austin barbara beatrice benjamin bernard bernardo betty bianca bobby bonnie brandon brandy
brenda brittany bruno caroline carlos carmen carol catherine cecilia chris chris1 claudia claudio connor courtney crystal1 cynthia dakota danielle
debbie deborah dennis derek diana diane diego dominic dorothy douglas dylan eduardo edward elena elizabeth ellen emily emma eric erica ernesto
ethan eugene eva evelyn felipe felix fernando florian frances francesca francesco francis francisco frank frankie franklin frederic gabriel gabriela
gabriella gary gerald gerard gilbert giovanni giuseppe gloria gordon grace gregory guillermo gustavo hannah hannah1 harold harry heather hector helen
helena henry howard hugo ian irene isabel isabella isabelle jack jackie jackson jacob jacqueline jake jane janet jasmin jason jason1 javier
jeffrey jeremy jerome jesse jesus jesuschrist joanna joe joel johanna jorge jose joseluis juan juancarlos judith julia julian juliana julie juliette
karen karina karl katherine kathleen katie katrina keith kelly kenneth kenny kimberly kristen kristin kyle lauren laura laurent leonard leonardo
leslie lillian linda lindsay lisa logan lorenzo louis louise lucas lucia luis luke madison manuel marc marcel marco marcus margaret maria mariana
marie marina mario1 marion marissa mark marlene martha martin martina marvin mary mathew matthias maurice max maximus maxwell megan melanie melissa
mercedes miguel miranda mitchell molly monica morgan nancy natalia natalie natasha nelson nicolas nikita nina norman oliver olivia oscar owen pablo
pamela paola parker pascal pedro penelope philippe rafael ralph ramon raul regina renee ricardo rick ricky roberto robin rodney rodrigo roger roland
romeo rosa rosemary roxanne sally salvador sam sammy sergio sharon shelby sheila shirley sierra silvia stanley stefan stella stuart susan susanne
sylvia tamara tanya taylor teresa theodore theresa tiffany timothy tommy tony travis trevor tyler valeria valerie virginia vladimir wesley whitney
wolfgang xavier yolanda yvonne babygirl babyboy babyblue baby babies mommy mummy daddy mother father sister brother family familia friend
friends friendship bestfriend girlfriend boyfriend husband wife mylove mybaby myfamily honey honeybee sweetheart sweetie sweety sweet
sugar candy chocolate chocolat cookie cookies cupcake cherry strawberry blueberry banana bananas apple apples peaches peanut peanuts pumpkin
pepper peppers ginger cinnamon vanilla caramel coffee coffee1 espresso cheese cheesecake butter bacon burger pizza pasta spaghetti noodles sushi
taco tacos nachos popcorn pickle potato tomato lemon lemonade orangejuice whiskey whisky vodka tequila beer heineken budweiser corona guinness
cocacola coke pepsi nutella ferrari porsche mercedesbenz bmw audi volkswagen toyota honda honda123 nissan mazda subaru suzuki yamaha kawasaki ducati
harley harleydavidson harley1 corvette camaro chevrolet chevy dodge ford fordf150 mustang1 viper lamborghini maserati bentley bugatti lexus tesla
google google1 facebook facebook1 youtube twitter instagram linkedin whatsapp snapchat tiktok netflix spotify amazon ebay paypal microsoft windows
windows7 windows10 apple123 iphone ipad macbook samsung samsung1 nokia motorola sony toshiba lenovo dell cisco cisco123 oracle linux ubuntu debian
android internet computer computer1 laptop keyboard printer monitor network wireless wifi hacker hackers hacking killer killer1 killers warrior
ninja ninjas samurai assassin soldier sniper trooper army marine marines navy airforce police sheriff cowboy pirate pirates viking vikings knight
knights wizard merlin magic magician mystic shadow shadow1 shadows ghost ghostrider phantom vampire zombie zombies demon devil satan lucifer hell
heaven angels godzilla godbless god jesus1 jesus123 jesus777 jesusislord christ blessed blessing faith hope grace1 peace peaceful freedom
freedom1 liberty justice destiny victory1 glory praise prayer church bible amen allah bismillah muhammad krishna ganesh shiva buddha karma
whatever whatever1 iforgot forgot forgotit dontforget remember remember1 imissyou missyou kissme kisses hotdog hotrod hottie sexy sexy123 sexybitch
bitch bitches fuckyou fuckyou1 fuckoff fuckme fucker fuck asshole bastard bullshit shithead pussy penis bigdick bigcock blowjob boobs
porn naked naughty playboy playgirl lesbian booger boomer buster buster1 bandit bailey bella bella123 buddy buddy123 coco daisy1 duke fluffy
lucky lucky1 lucky7 lucky13 luckydog max123 maxmax milo missy muffin oreo oscar1 precious princesa rocky rocky1 rusty sadie sasha scooter shadow12
smokey smokey1 snickers snuggles sparky sparkle spike spot spunky teddy teddybear tinker toby tucker winston ziggy zeus123 zorro
music music1 musica guitar guitars piano drummer drums trumpet violin saxophone singer singing dancer dancing rockstar rocknroll rockandroll metal
metallica nirvana slipknot slayer megadeth ironmaiden blacksabbath acdc queen1 beatles beatles1 rollingstones ledzeppelin aerosmith bonjovi
guns gunsnroses greenday1 blink182 linkinpark eminem tupac 2pac snoopdogg jayz beyonce rihanna madonna britney shakira selena justinbieber
onedirection bts blackpink hiphop techno house trance disco jazz blues reggae bobmarley marley rasta cannabis marijuana weed weed420
america american usa unitedstates canada mexico brasil brazil argentina colombia chile peru venezuela england britain london london1 scotland
ireland wales france paris paris1 germany deutschland berlin hamburg munich muenchen frankfurt austria vienna wien switzerland zurich spain espana
portugal lisboa italy italia rome romania poland polska warszawa russia moscow moskva ukraine turkey1 istanbul galatasaray fenerbahce besiktas
greece athens egypt cairo israel jerusalem iran india mumbai delhi pakistan karachi bangladesh china beijing shanghai hongkong taiwan japan tokyo
korea seoul thailand bangkok vietnam hanoi indonesia jakarta malaysia singapore philippines manila australia sydney melbourne newzealand africa
nigeria lagos kenya nairobi southafrica newyork newyork1 brooklyn manhattan boston chicago dallas denver detroit houston texas florida
miami orlando atlanta lasvegas vegas california losangeles hollywood sandiego sanfrancisco seattle portland philadelphia pittsburgh phoenix1 washington
hallo hallo123 hallohallo schatz schatzi liebe ichliebedich passwort1 passwort123 geheim geheim1 geheimnis sommer sonne sonnenschein blume schule
familie arbeit willkommen fussball computer123 motdepasse bonjour soleil jetaime doudou loulou chouchou amour amour1 coucou bienvenue marseille
nicolas1 azerty1 contrasena contraseña clave clave123 hola hola123 amor amorcito teamo teamo1 tequiero estrella bonita hermosa corazon mariposa
alegria felicidad libertad futbol1 familia1 bienvenido senha senha123 mudar123 brasil1 saudade amizade gatinha meuamor deusefiel vitoria
esperanza ciao ciaociao amoremio amore tiamo password01 juventus1 forzaroma benvenuto geheim123 welkom welkom01 welkom123 wachtwoord voetbal
haslo haslo123 qwerty321 kochanie misiek polska1 mateusz bartek parol parola privet lubov nastya natasha1 marina1 sergey dmitry andrey alexey
vkontakte 1234567q woaini woaini1314 wodemima a1234567 aini520 5201314 1314520 iloveyou520 sakura1 arashi sayang sayangku bismillah1 doraemon
monalisa leonardo1 davinci picasso mozart beethoven einstein newton darwin tesla1 edison galileo shakespeare hamlet juliet romeo1 dracula
frankenstein sherlock watson jamesbond bond007 007bond goldfinger terminator predator alien aliens godfather rambo rocky123 gladiator titanic
avatar inception batman1 batman123 superman123 hello1234 student student1 students teacher teacher1 school school1 highschool college university
class homework library science physics chemistry biology history english spanish mathematics engineer engineering doctor nurse lawyer driver
pilot police1 fireman firefighter chef cooking kitchen kitchen1 home homesweethome house1 household apartment window windows1 door garage
money money1 money123 moneymoney dollar dollars million millionaire rich richie bank banker banking cash credit creditcard gold1 jackpot poker
poker1 casino lottery sales marketing finance accounting warehouse inventory shop shopping store retail cashier register checkout customer order
orders invoice admin2020 admin2021 admin2022 admin2023 admin2024 admin2025 admin2026 spring2024 summer2024 winter2024 autumn2024
`;
